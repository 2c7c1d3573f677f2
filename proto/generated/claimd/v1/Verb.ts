// Original file: proto/claimd/v1/claimd.proto

export const Verb = {
  VERB_UNSPECIFIED: 'VERB_UNSPECIFIED',
  CLAIM: 'CLAIM',
  COMPLETE: 'COMPLETE',
  FAIL: 'FAIL',
  EXTEND: 'EXTEND',
  GET: 'GET',
  FORGET: 'FORGET',
} as const;

export type Verb =
  | 'VERB_UNSPECIFIED'
  | 0
  | 'CLAIM'
  | 1
  | 'COMPLETE'
  | 2
  | 'FAIL'
  | 3
  | 'EXTEND'
  | 4
  | 'GET'
  | 5
  | 'FORGET'
  | 6

export type Verb__Output = typeof Verb[keyof typeof Verb]
