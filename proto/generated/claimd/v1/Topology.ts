// Original file: proto/claimd/v1/claimd.proto

import type { Node as _claimd_v1_Node, Node__Output as _claimd_v1_Node__Output } from '../../claimd/v1/Node.ts';
import type { Long } from '@grpc/proto-loader';

export interface Topology {
  'version'?: (number | string | Long);
  'partitions'?: (number);
  'nodes'?: (_claimd_v1_Node)[];
  'leaders'?: (number)[];
  'epochs'?: (number | string | Long)[];
  'replicas'?: (number)[];
  'replicaCounts'?: (number)[];
}

export interface Topology__Output {
  'version': (number);
  'partitions': (number);
  'nodes': (_claimd_v1_Node__Output)[];
  'leaders': (number)[];
  'epochs': (number)[];
  'replicas': (number)[];
  'replicaCounts': (number)[];
}
