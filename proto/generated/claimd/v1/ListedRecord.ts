// Original file: proto/claimd/v1/claimd.proto

import type { Record as _claimd_v1_Record, Record__Output as _claimd_v1_Record__Output } from '../../claimd/v1/Record.ts';

export interface ListedRecord {
  'key'?: (Buffer | Uint8Array | string);
  'record'?: (_claimd_v1_Record | null);
}

export interface ListedRecord__Output {
  'key': (Buffer);
  'record': (_claimd_v1_Record__Output | null);
}
