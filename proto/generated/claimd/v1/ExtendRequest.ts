// Original file: proto/claimd/v1/claimd.proto


export interface ExtendRequest {
  'namespace'?: (string);
  'key'?: (Buffer | Uint8Array | string);
  'claimId'?: (Buffer | Uint8Array | string);
  'leaseMs'?: (number);
}

export interface ExtendRequest__Output {
  'namespace': (string);
  'key': (Buffer);
  'claimId': (Buffer);
  'leaseMs': (number);
}
