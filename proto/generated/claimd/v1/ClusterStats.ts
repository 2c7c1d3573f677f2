// Original file: proto/claimd/v1/claimd.proto

import type { PeerStats as _claimd_v1_PeerStats, PeerStats__Output as _claimd_v1_PeerStats__Output } from '../../claimd/v1/PeerStats.ts';
import type { Long } from '@grpc/proto-loader';

export interface ClusterStats {
  'cluster'?: (string);
  'store'?: (string);
  'boot'?: (number | string | Long);
  'serving'?: (number);
  'recovering'?: (number);
  'sealed'?: (number);
  'following'?: (number);
  'underReplicated'?: (number);
  'moving'?: (number);
  'lagEntries'?: (number | string | Long);
  'epochsBegun'?: (number | string | Long);
  'epochsEnded'?: (number | string | Long);
  'snapshotsSent'?: (number | string | Long);
  'snapshotsTaken'?: (number | string | Long);
  'peers'?: (_claimd_v1_PeerStats)[];
}

export interface ClusterStats__Output {
  'cluster': (string);
  'store': (string);
  'boot': (number);
  'serving': (number);
  'recovering': (number);
  'sealed': (number);
  'following': (number);
  'underReplicated': (number);
  'moving': (number);
  'lagEntries': (number);
  'epochsBegun': (number);
  'epochsEnded': (number);
  'snapshotsSent': (number);
  'snapshotsTaken': (number);
  'peers': (_claimd_v1_PeerStats__Output)[];
}
