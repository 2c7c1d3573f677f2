// Original file: proto/claimd/v1/claimd.proto

import type { Long } from '@grpc/proto-loader';

export interface Result {
  'data'?: (Buffer | Uint8Array | string);
  'contentType'?: (string);
  'metadata'?: ({[key: string]: string});
  'ref'?: (string);
  'omitted'?: (boolean);
  'sizeBytes'?: (number | string | Long);
}

export interface Result__Output {
  'data': (Buffer);
  'contentType': (string);
  'metadata': ({[key: string]: string});
  'ref': (string);
  'omitted': (boolean);
  'sizeBytes': (number);
}
