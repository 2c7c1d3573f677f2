// Original file: proto/claimd/v1/claimd.proto

import type { Long } from '@grpc/proto-loader';

export interface Error {
  'code'?: (number);
  'reason'?: (string);
  'message'?: (string);
  'retryAfterMs'?: (number);
  'leader'?: (string);
  'epoch'?: (number | string | Long);
}

export interface Error__Output {
  'code': (number);
  'reason': (string);
  'message': (string);
  'retryAfterMs': (number);
  'leader': (string);
  'epoch': (number);
}
