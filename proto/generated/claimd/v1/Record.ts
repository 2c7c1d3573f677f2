// Original file: proto/claimd/v1/claimd.proto

import type { Result as _claimd_v1_Result, Result__Output as _claimd_v1_Result__Output } from '../../claimd/v1/Result.ts';
import type { _claimd_v1_ClaimResponse_Status, _claimd_v1_ClaimResponse_Status__Output } from '../../claimd/v1/ClaimResponse.ts';
import type { Long } from '@grpc/proto-loader';

// Original file: proto/claimd/v1/claimd.proto

export const _claimd_v1_Record_State = {
  STATE_UNSPECIFIED: 'STATE_UNSPECIFIED',
  IN_PROGRESS: 'IN_PROGRESS',
  RELEASED: 'RELEASED',
  COMPLETED: 'COMPLETED',
  FAILED: 'FAILED',
  HELD: 'HELD',
} as const;

export type _claimd_v1_Record_State =
  | 'STATE_UNSPECIFIED'
  | 0
  | 'IN_PROGRESS'
  | 1
  | 'RELEASED'
  | 2
  | 'COMPLETED'
  | 3
  | 'FAILED'
  | 4
  | 'HELD'
  | 5

export type _claimd_v1_Record_State__Output = typeof _claimd_v1_Record_State[keyof typeof _claimd_v1_Record_State]

export interface Record {
  'state'?: (_claimd_v1_Record_State);
  'fencingToken'?: (number | string | Long);
  'attempt'?: (number);
  'lapsed'?: (boolean);
  'leaseLeftMs'?: (number | string | Long);
  'holder'?: (string);
  'traceparent'?: (string);
  'result'?: (_claimd_v1_Result | null);
  'ageMs'?: (number | string | Long);
  'expiresInMs'?: (number | string | Long);
  'hold'?: (boolean);
  'fingerprint'?: (Buffer | Uint8Array | string);
  'next'?: (_claimd_v1_ClaimResponse_Status);
}

export interface Record__Output {
  'state': (_claimd_v1_Record_State__Output);
  'fencingToken': (number);
  'attempt': (number);
  'lapsed': (boolean);
  'leaseLeftMs': (number);
  'holder': (string);
  'traceparent': (string);
  'result': (_claimd_v1_Result__Output | null);
  'ageMs': (number);
  'expiresInMs': (number);
  'hold': (boolean);
  'fingerprint': (Buffer);
  'next': (_claimd_v1_ClaimResponse_Status__Output);
}
