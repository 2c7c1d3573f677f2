// Original file: proto/claimd/v1/claimd.proto

import type { Commands as _claimd_v1_Commands, Commands__Output as _claimd_v1_Commands__Output } from '../../claimd/v1/Commands.ts';
import type { Cancel as _claimd_v1_Cancel, Cancel__Output as _claimd_v1_Cancel__Output } from '../../claimd/v1/Cancel.ts';

export interface SessionRequest {
  'frame'?: (number);
  'commands'?: (_claimd_v1_Commands)[];
  'cancel'?: (_claimd_v1_Cancel)[];
}

export interface SessionRequest__Output {
  'frame': (number);
  'commands': (_claimd_v1_Commands__Output)[];
  'cancel': (_claimd_v1_Cancel__Output)[];
}
