// Original file: proto/claimd/v1/claimd.proto

import type { SettleResponse as _claimd_v1_SettleResponse, SettleResponse__Output as _claimd_v1_SettleResponse__Output } from '../../claimd/v1/SettleResponse.ts';

export interface SettleAnswers {
  'index'?: (number)[];
  'answer'?: (_claimd_v1_SettleResponse | null);
}

export interface SettleAnswers__Output {
  'index': (number)[];
  'answer': (_claimd_v1_SettleResponse__Output | null);
}
