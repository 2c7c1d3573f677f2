// Original file: proto/claimd/v1/claimd.proto

import type { Long } from '@grpc/proto-loader';

export interface AcceptClockResponse {
  'movedMs'?: (number | string | Long);
}

export interface AcceptClockResponse__Output {
  'movedMs': (number);
}
