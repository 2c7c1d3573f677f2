// Original file: proto/claimd/v1/claimd.proto

import type { Outcome as _claimd_v1_Outcome, Outcome__Output as _claimd_v1_Outcome__Output } from '../../claimd/v1/Outcome.ts';
import type { Result as _claimd_v1_Result, Result__Output as _claimd_v1_Result__Output } from '../../claimd/v1/Result.ts';

export interface FailRequest {
  'namespace'?: (string);
  'key'?: (Buffer | Uint8Array | string);
  'claimId'?: (Buffer | Uint8Array | string);
  'outcome'?: (_claimd_v1_Outcome);
  'result'?: (_claimd_v1_Result | null);
}

export interface FailRequest__Output {
  'namespace': (string);
  'key': (Buffer);
  'claimId': (Buffer);
  'outcome': (_claimd_v1_Outcome__Output);
  'result': (_claimd_v1_Result__Output | null);
}
