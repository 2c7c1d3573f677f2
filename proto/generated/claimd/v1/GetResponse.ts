// Original file: proto/claimd/v1/claimd.proto

import type { Record as _claimd_v1_Record, Record__Output as _claimd_v1_Record__Output } from '../../claimd/v1/Record.ts';

export interface GetResponse {
  'found'?: (boolean);
  'record'?: (_claimd_v1_Record | null);
}

export interface GetResponse__Output {
  'found': (boolean);
  'record': (_claimd_v1_Record__Output | null);
}
