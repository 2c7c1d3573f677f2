// Original file: proto/claimd/v1/claimd.proto

import type { Answers as _claimd_v1_Answers, Answers__Output as _claimd_v1_Answers__Output } from '../../claimd/v1/Answers.ts';

export interface BatchResponse {
  'answers'?: (_claimd_v1_Answers | null);
}

export interface BatchResponse__Output {
  'answers': (_claimd_v1_Answers__Output | null);
}
