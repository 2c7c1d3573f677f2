// Original file: proto/claimd/peer/v1/peer.proto

import type { Long } from '@grpc/proto-loader';

export interface PeerHandshake {
  'protocol'?: (number);
  'cluster'?: (string);
  'partitions'?: (number);
  'hash'?: (string);
  'node'?: (string);
  'store'?: (string);
  'boot'?: (number | string | Long);
}

export interface PeerHandshake__Output {
  'protocol': (number);
  'cluster': (string);
  'partitions': (number);
  'hash': (string);
  'node': (string);
  'store': (string);
  'boot': (number);
}
