// Original file: proto/claimd/v1/claimd.proto

import type { Verb as _claimd_v1_Verb, Verb__Output as _claimd_v1_Verb__Output } from '../../claimd/v1/Verb.ts';
import type { Long } from '@grpc/proto-loader';

export interface Double {
  'namespace'?: (string);
  'key'?: (Buffer | Uint8Array | string);
  'verb'?: (_claimd_v1_Verb);
  'attempt'?: (number);
  'fencingToken'?: (number | string | Long);
  'agoMs'?: (number | string | Long);
}

export interface Double__Output {
  'namespace': (string);
  'key': (Buffer);
  'verb': (_claimd_v1_Verb__Output);
  'attempt': (number);
  'fencingToken': (number);
  'agoMs': (number);
}
