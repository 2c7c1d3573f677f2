// Original file: proto/claimd/v1/claimd.proto

import type { Commands as _claimd_v1_Commands, Commands__Output as _claimd_v1_Commands__Output } from '../../claimd/v1/Commands.ts';

export interface BatchRequest {
  'commands'?: (_claimd_v1_Commands)[];
}

export interface BatchRequest__Output {
  'commands': (_claimd_v1_Commands__Output)[];
}
