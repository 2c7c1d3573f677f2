// Original file: proto/claimd/v1/claimd.proto

import type { ForgetResponse as _claimd_v1_ForgetResponse, ForgetResponse__Output as _claimd_v1_ForgetResponse__Output } from '../../claimd/v1/ForgetResponse.ts';

export interface ForgetAnswers {
  'index'?: (number)[];
  'answer'?: (_claimd_v1_ForgetResponse | null);
}

export interface ForgetAnswers__Output {
  'index': (number)[];
  'answer': (_claimd_v1_ForgetResponse__Output | null);
}
