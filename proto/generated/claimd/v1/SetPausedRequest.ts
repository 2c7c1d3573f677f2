// Original file: proto/claimd/v1/claimd.proto


export interface SetPausedRequest {
  'name'?: (string);
  'paused'?: (boolean);
}

export interface SetPausedRequest__Output {
  'name': (string);
  'paused': (boolean);
}
