// Original file: proto/claimd/v1/claimd.proto

import type { Long } from '@grpc/proto-loader';

export interface ClockStats {
  'offsetMs'?: (number | string | Long);
  'alarm'?: (boolean);
}

export interface ClockStats__Output {
  'offsetMs': (number);
  'alarm': (boolean);
}
