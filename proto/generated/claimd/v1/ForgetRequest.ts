// Original file: proto/claimd/v1/claimd.proto

import type { Long } from '@grpc/proto-loader';

export interface ForgetRequest {
  'namespace'?: (string);
  'key'?: (Buffer | Uint8Array | string);
  'fencingToken'?: (number | string | Long);
}

export interface ForgetRequest__Output {
  'namespace': (string);
  'key': (Buffer);
  'fencingToken': (number);
}
