// Original file: proto/claimd/v1/claimd.proto

import type { Verb as _claimd_v1_Verb, Verb__Output as _claimd_v1_Verb__Output } from '../../claimd/v1/Verb.ts';
import type { Result as _claimd_v1_Result, Result__Output as _claimd_v1_Result__Output } from '../../claimd/v1/Result.ts';
import type { Outcome as _claimd_v1_Outcome, Outcome__Output as _claimd_v1_Outcome__Output } from '../../claimd/v1/Outcome.ts';
import type { Long } from '@grpc/proto-loader';

export interface Commands {
  'namespace'?: (string);
  'verb'?: (_claimd_v1_Verb);
  'keys'?: (Buffer | Uint8Array | string);
  'keyBytes'?: (number)[];
  'claimIds'?: (Buffer | Uint8Array | string);
  'fingerprints'?: (Buffer | Uint8Array | string);
  'fingerprintBytes'?: (number)[];
  'traceparents'?: (string)[];
  'results'?: (_claimd_v1_Result)[];
  'fencingTokens'?: (number | string | Long)[];
  'leaseMs'?: (number);
  'windowMs'?: (number | string | Long);
  'waitMs'?: (number);
  'complete'?: (boolean);
  'holder'?: (string);
  'outcome'?: (_claimd_v1_Outcome);
}

export interface Commands__Output {
  'namespace': (string);
  'verb': (_claimd_v1_Verb__Output);
  'keys': (Buffer);
  'keyBytes': (number)[];
  'claimIds': (Buffer);
  'fingerprints': (Buffer);
  'fingerprintBytes': (number)[];
  'traceparents': (string)[];
  'results': (_claimd_v1_Result__Output)[];
  'fencingTokens': (number)[];
  'leaseMs': (number);
  'windowMs': (number);
  'waitMs': (number);
  'complete': (boolean);
  'holder': (string);
  'outcome': (_claimd_v1_Outcome__Output);
}
