// Original file: proto/claimd/v1/claimd.proto

import type { Double as _claimd_v1_Double, Double__Output as _claimd_v1_Double__Output } from '../../claimd/v1/Double.ts';

export interface ListDoublesResponse {
  'doubles'?: (_claimd_v1_Double)[];
}

export interface ListDoublesResponse__Output {
  'doubles': (_claimd_v1_Double__Output)[];
}
