// Original file: proto/claimd/v1/claimd.proto

import type { Result as _claimd_v1_Result, Result__Output as _claimd_v1_Result__Output } from '../../claimd/v1/Result.ts';
import type { Long } from '@grpc/proto-loader';

// Original file: proto/claimd/v1/claimd.proto

export const _claimd_v1_ResolveRequest_Resolution = {
  RESOLUTION_UNSPECIFIED: 'RESOLUTION_UNSPECIFIED',
  COMPLETED: 'COMPLETED',
  FAILED: 'FAILED',
  RELEASED: 'RELEASED',
} as const;

export type _claimd_v1_ResolveRequest_Resolution =
  | 'RESOLUTION_UNSPECIFIED'
  | 0
  | 'COMPLETED'
  | 1
  | 'FAILED'
  | 2
  | 'RELEASED'
  | 3

export type _claimd_v1_ResolveRequest_Resolution__Output = typeof _claimd_v1_ResolveRequest_Resolution[keyof typeof _claimd_v1_ResolveRequest_Resolution]

export interface ResolveRequest {
  'namespace'?: (string);
  'key'?: (Buffer | Uint8Array | string);
  'fencingToken'?: (number | string | Long);
  'resolution'?: (_claimd_v1_ResolveRequest_Resolution);
  'result'?: (_claimd_v1_Result | null);
}

export interface ResolveRequest__Output {
  'namespace': (string);
  'key': (Buffer);
  'fencingToken': (number);
  'resolution': (_claimd_v1_ResolveRequest_Resolution__Output);
  'result': (_claimd_v1_Result__Output | null);
}
