// Original file: proto/claimd/v1/claimd.proto

import type { NamespaceStats as _claimd_v1_NamespaceStats, NamespaceStats__Output as _claimd_v1_NamespaceStats__Output } from '../../claimd/v1/NamespaceStats.ts';
import type { StorageStats as _claimd_v1_StorageStats, StorageStats__Output as _claimd_v1_StorageStats__Output } from '../../claimd/v1/StorageStats.ts';
import type { ClockStats as _claimd_v1_ClockStats, ClockStats__Output as _claimd_v1_ClockStats__Output } from '../../claimd/v1/ClockStats.ts';
import type { ClusterStats as _claimd_v1_ClusterStats, ClusterStats__Output as _claimd_v1_ClusterStats__Output } from '../../claimd/v1/ClusterStats.ts';
import type { Long } from '@grpc/proto-loader';

export interface StatsResponse {
  'nodeId'?: (string);
  'version'?: (string);
  'uptimeMs'?: (number | string | Long);
  'namespaces'?: (_claimd_v1_NamespaceStats)[];
  'storage'?: (_claimd_v1_StorageStats | null);
  'clock'?: (_claimd_v1_ClockStats | null);
  'sessions'?: (number);
  'waitingCommands'?: (number);
  'parkedClaims'?: (number);
  'cluster'?: (_claimd_v1_ClusterStats | null);
}

export interface StatsResponse__Output {
  'nodeId': (string);
  'version': (string);
  'uptimeMs': (number);
  'namespaces': (_claimd_v1_NamespaceStats__Output)[];
  'storage': (_claimd_v1_StorageStats__Output | null);
  'clock': (_claimd_v1_ClockStats__Output | null);
  'sessions': (number);
  'waitingCommands': (number);
  'parkedClaims': (number);
  'cluster': (_claimd_v1_ClusterStats__Output | null);
}
