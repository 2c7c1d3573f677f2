// Original file: proto/claimd/v1/claimd.proto

import type { ClaimAnswers as _claimd_v1_ClaimAnswers, ClaimAnswers__Output as _claimd_v1_ClaimAnswers__Output } from '../../claimd/v1/ClaimAnswers.ts';
import type { SettleAnswers as _claimd_v1_SettleAnswers, SettleAnswers__Output as _claimd_v1_SettleAnswers__Output } from '../../claimd/v1/SettleAnswers.ts';
import type { GetAnswers as _claimd_v1_GetAnswers, GetAnswers__Output as _claimd_v1_GetAnswers__Output } from '../../claimd/v1/GetAnswers.ts';
import type { ForgetAnswers as _claimd_v1_ForgetAnswers, ForgetAnswers__Output as _claimd_v1_ForgetAnswers__Output } from '../../claimd/v1/ForgetAnswers.ts';
import type { Refusals as _claimd_v1_Refusals, Refusals__Output as _claimd_v1_Refusals__Output } from '../../claimd/v1/Refusals.ts';

export interface Answers {
  'claims'?: (_claimd_v1_ClaimAnswers)[];
  'settles'?: (_claimd_v1_SettleAnswers)[];
  'gets'?: (_claimd_v1_GetAnswers)[];
  'forgets'?: (_claimd_v1_ForgetAnswers)[];
  'refusals'?: (_claimd_v1_Refusals)[];
}

export interface Answers__Output {
  'claims': (_claimd_v1_ClaimAnswers__Output)[];
  'settles': (_claimd_v1_SettleAnswers__Output)[];
  'gets': (_claimd_v1_GetAnswers__Output)[];
  'forgets': (_claimd_v1_ForgetAnswers__Output)[];
  'refusals': (_claimd_v1_Refusals__Output)[];
}
