// Original file: proto/claimd/v1/claimd.proto

import type { Long } from '@grpc/proto-loader';

export interface NamespaceStats {
  'name'?: (string);
  'records'?: (number | string | Long);
  'bytes'?: (number | string | Long);
  'indexed'?: (boolean);
  'leases'?: (number | string | Long);
  'held'?: (number | string | Long);
  'exhausted'?: (number | string | Long);
  'oldestLeaseMs'?: (number | string | Long);
}

export interface NamespaceStats__Output {
  'name': (string);
  'records': (number);
  'bytes': (number);
  'indexed': (boolean);
  'leases': (number);
  'held': (number);
  'exhausted': (number);
  'oldestLeaseMs': (number);
}
