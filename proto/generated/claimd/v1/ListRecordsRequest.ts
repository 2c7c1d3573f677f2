// Original file: proto/claimd/v1/claimd.proto


// Original file: proto/claimd/v1/claimd.proto

export const _claimd_v1_ListRecordsRequest_Filter = {
  ALL: 'ALL',
  IN_PROGRESS: 'IN_PROGRESS',
  RELEASED: 'RELEASED',
  COMPLETED: 'COMPLETED',
  FAILED: 'FAILED',
  HELD: 'HELD',
  EXHAUSTED: 'EXHAUSTED',
  LAPSED: 'LAPSED',
} as const;

export type _claimd_v1_ListRecordsRequest_Filter =
  | 'ALL'
  | 0
  | 'IN_PROGRESS'
  | 1
  | 'RELEASED'
  | 2
  | 'COMPLETED'
  | 3
  | 'FAILED'
  | 4
  | 'HELD'
  | 5
  | 'EXHAUSTED'
  | 6
  | 'LAPSED'
  | 7

export type _claimd_v1_ListRecordsRequest_Filter__Output = typeof _claimd_v1_ListRecordsRequest_Filter[keyof typeof _claimd_v1_ListRecordsRequest_Filter]

export interface ListRecordsRequest {
  'namespace'?: (string);
  'state'?: (_claimd_v1_ListRecordsRequest_Filter);
  'prefix'?: (Buffer | Uint8Array | string);
  'limit'?: (number);
}

export interface ListRecordsRequest__Output {
  'namespace': (string);
  'state': (_claimd_v1_ListRecordsRequest_Filter__Output);
  'prefix': (Buffer);
  'limit': (number);
}
