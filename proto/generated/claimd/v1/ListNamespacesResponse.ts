// Original file: proto/claimd/v1/claimd.proto

import type { Namespace as _claimd_v1_Namespace, Namespace__Output as _claimd_v1_Namespace__Output } from '../../claimd/v1/Namespace.ts';

export interface ListNamespacesResponse {
  'namespaces'?: (_claimd_v1_Namespace)[];
}

export interface ListNamespacesResponse__Output {
  'namespaces': (_claimd_v1_Namespace__Output)[];
}
