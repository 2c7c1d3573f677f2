// Original file: proto/claimd/v1/claimd.proto

import type { Long } from '@grpc/proto-loader';

export interface ClaimRequest {
  'namespace'?: (string);
  'key'?: (Buffer | Uint8Array | string);
  'claimId'?: (Buffer | Uint8Array | string);
  'fingerprint'?: (Buffer | Uint8Array | string);
  'leaseMs'?: (number);
  'windowMs'?: (number | string | Long);
  'waitMs'?: (number);
  'complete'?: (boolean);
  'holder'?: (string);
  'traceparent'?: (string);
}

export interface ClaimRequest__Output {
  'namespace': (string);
  'key': (Buffer);
  'claimId': (Buffer);
  'fingerprint': (Buffer);
  'leaseMs': (number);
  'windowMs': (number);
  'waitMs': (number);
  'complete': (boolean);
  'holder': (string);
  'traceparent': (string);
}
