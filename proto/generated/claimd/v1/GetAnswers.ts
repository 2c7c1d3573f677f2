// Original file: proto/claimd/v1/claimd.proto

import type { GetResponse as _claimd_v1_GetResponse, GetResponse__Output as _claimd_v1_GetResponse__Output } from '../../claimd/v1/GetResponse.ts';

export interface GetAnswers {
  'index'?: (number)[];
  'answer'?: (_claimd_v1_GetResponse | null);
}

export interface GetAnswers__Output {
  'index': (number)[];
  'answer': (_claimd_v1_GetResponse__Output | null);
}
