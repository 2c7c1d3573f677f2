// Original file: proto/claimd/v1/claimd.proto

import type { Result as _claimd_v1_Result, Result__Output as _claimd_v1_Result__Output } from '../../claimd/v1/Result.ts';
import type { Long } from '@grpc/proto-loader';

// Original file: proto/claimd/v1/claimd.proto

export const _claimd_v1_ClaimResponse_Status = {
  STATUS_UNSPECIFIED: 'STATUS_UNSPECIFIED',
  GRANTED: 'GRANTED',
  IN_PROGRESS: 'IN_PROGRESS',
  COMPLETED: 'COMPLETED',
  FAILED: 'FAILED',
  HELD: 'HELD',
  EXHAUSTED: 'EXHAUSTED',
  MISMATCH: 'MISMATCH',
} as const;

export type _claimd_v1_ClaimResponse_Status =
  | 'STATUS_UNSPECIFIED'
  | 0
  | 'GRANTED'
  | 1
  | 'IN_PROGRESS'
  | 2
  | 'COMPLETED'
  | 3
  | 'FAILED'
  | 4
  | 'HELD'
  | 5
  | 'EXHAUSTED'
  | 6
  | 'MISMATCH'
  | 7

export type _claimd_v1_ClaimResponse_Status__Output = typeof _claimd_v1_ClaimResponse_Status[keyof typeof _claimd_v1_ClaimResponse_Status]

export interface ClaimResponse {
  'status'?: (_claimd_v1_ClaimResponse_Status);
  'fencingToken'?: (number | string | Long);
  'attempt'?: (number);
  'leaseMs'?: (number);
  'hold'?: (boolean);
  'reclaimed'?: (boolean);
  'retryAfterMs'?: (number);
  'holder'?: (string);
  'traceparent'?: (string);
  'result'?: (_claimd_v1_Result | null);
  'ageMs'?: (number | string | Long);
  'expiresInMs'?: (number | string | Long);
  'shadowed'?: (boolean);
  'hot'?: (boolean);
}

export interface ClaimResponse__Output {
  'status': (_claimd_v1_ClaimResponse_Status__Output);
  'fencingToken': (number);
  'attempt': (number);
  'leaseMs': (number);
  'hold': (boolean);
  'reclaimed': (boolean);
  'retryAfterMs': (number);
  'holder': (string);
  'traceparent': (string);
  'result': (_claimd_v1_Result__Output | null);
  'ageMs': (number);
  'expiresInMs': (number);
  'shadowed': (boolean);
  'hot': (boolean);
}
