// Original file: proto/claimd/v1/claimd.proto


export interface Node {
  'id'?: (string);
  'address'?: (string);
}

export interface Node__Output {
  'id': (string);
  'address': (string);
}
