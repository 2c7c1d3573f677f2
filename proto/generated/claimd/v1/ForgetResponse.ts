// Original file: proto/claimd/v1/claimd.proto


export interface ForgetResponse {
  'existed'?: (boolean);
}

export interface ForgetResponse__Output {
  'existed': (boolean);
}
