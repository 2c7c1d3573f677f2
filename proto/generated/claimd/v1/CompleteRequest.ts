// Original file: proto/claimd/v1/claimd.proto

import type { Result as _claimd_v1_Result, Result__Output as _claimd_v1_Result__Output } from '../../claimd/v1/Result.ts';

export interface CompleteRequest {
  'namespace'?: (string);
  'key'?: (Buffer | Uint8Array | string);
  'claimId'?: (Buffer | Uint8Array | string);
  'result'?: (_claimd_v1_Result | null);
}

export interface CompleteRequest__Output {
  'namespace': (string);
  'key': (Buffer);
  'claimId': (Buffer);
  'result': (_claimd_v1_Result__Output | null);
}
