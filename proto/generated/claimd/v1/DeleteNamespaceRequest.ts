// Original file: proto/claimd/v1/claimd.proto

import type { Long } from '@grpc/proto-loader';

export interface DeleteNamespaceRequest {
  'name'?: (string);
  'revision'?: (number | string | Long);
}

export interface DeleteNamespaceRequest__Output {
  'name': (string);
  'revision': (number);
}
