// Original file: proto/claimd/v1/claimd.proto

import type { Record as _claimd_v1_Record, Record__Output as _claimd_v1_Record__Output } from '../../claimd/v1/Record.ts';

// Original file: proto/claimd/v1/claimd.proto

export const _claimd_v1_SettleResponse_Status = {
  STATUS_UNSPECIFIED: 'STATUS_UNSPECIFIED',
  APPLIED: 'APPLIED',
  ALREADY_APPLIED: 'ALREADY_APPLIED',
  STALE_OWNER: 'STALE_OWNER',
  NOT_FOUND: 'NOT_FOUND',
} as const;

export type _claimd_v1_SettleResponse_Status =
  | 'STATUS_UNSPECIFIED'
  | 0
  | 'APPLIED'
  | 1
  | 'ALREADY_APPLIED'
  | 2
  | 'STALE_OWNER'
  | 3
  | 'NOT_FOUND'
  | 4

export type _claimd_v1_SettleResponse_Status__Output = typeof _claimd_v1_SettleResponse_Status[keyof typeof _claimd_v1_SettleResponse_Status]

export interface SettleResponse {
  'status'?: (_claimd_v1_SettleResponse_Status);
  'late'?: (boolean);
  'current'?: (_claimd_v1_Record | null);
}

export interface SettleResponse__Output {
  'status': (_claimd_v1_SettleResponse_Status__Output);
  'late': (boolean);
  'current': (_claimd_v1_Record__Output | null);
}
