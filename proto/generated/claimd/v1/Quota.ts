// Original file: proto/claimd/v1/claimd.proto

import type { Long } from '@grpc/proto-loader';

export interface Quota {
  'claimsPerSecond'?: (number);
  'records'?: (number | string | Long);
  'bytes'?: (number | string | Long);
  'waiting'?: (number);
}

export interface Quota__Output {
  'claimsPerSecond': (number);
  'records': (number);
  'bytes': (number);
  'waiting': (number);
}
