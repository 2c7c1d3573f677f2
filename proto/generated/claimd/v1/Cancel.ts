// Original file: proto/claimd/v1/claimd.proto


export interface Cancel {
  'frame'?: (number);
  'index'?: (number);
}

export interface Cancel__Output {
  'frame': (number);
  'index': (number);
}
