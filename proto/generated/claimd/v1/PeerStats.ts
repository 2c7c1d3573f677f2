// Original file: proto/claimd/v1/claimd.proto

import type { Long } from '@grpc/proto-loader';

export interface PeerStats {
  'nodeId'?: (string);
  'store'?: (string);
  'connected'?: (boolean);
  'unsentBytes'?: (number | string | Long);
  'droppedMessages'?: (number | string | Long);
}

export interface PeerStats__Output {
  'nodeId': (string);
  'store': (string);
  'connected': (boolean);
  'unsentBytes': (number);
  'droppedMessages': (number);
}
