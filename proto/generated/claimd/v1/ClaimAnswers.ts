// Original file: proto/claimd/v1/claimd.proto

import type { ClaimResponse as _claimd_v1_ClaimResponse, ClaimResponse__Output as _claimd_v1_ClaimResponse__Output } from '../../claimd/v1/ClaimResponse.ts';
import type { Long } from '@grpc/proto-loader';

export interface ClaimAnswers {
  'index'?: (number)[];
  'answer'?: (_claimd_v1_ClaimResponse | null);
  'fencingToken'?: (number | string | Long)[];
  'ageMs'?: (number | string | Long)[];
  'expiresInMs'?: (number | string | Long)[];
}

export interface ClaimAnswers__Output {
  'index': (number)[];
  'answer': (_claimd_v1_ClaimResponse__Output | null);
  'fencingToken': (number)[];
  'ageMs': (number)[];
  'expiresInMs': (number)[];
}
