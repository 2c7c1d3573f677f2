// Original file: proto/claimd/v1/claimd.proto

import type { Error as _claimd_v1_Error, Error__Output as _claimd_v1_Error__Output } from '../../claimd/v1/Error.ts';

export interface Refusals {
  'index'?: (number)[];
  'error'?: (_claimd_v1_Error | null);
}

export interface Refusals__Output {
  'index': (number)[];
  'error': (_claimd_v1_Error__Output | null);
}
