// Original file: proto/claimd/v1/claimd.proto


export interface GetRequest {
  'namespace'?: (string);
  'key'?: (Buffer | Uint8Array | string);
}

export interface GetRequest__Output {
  'namespace': (string);
  'key': (Buffer);
}
