// Original file: proto/claimd/v1/claimd.proto

export const Outcome = {
  RETRYABLE: 'RETRYABLE',
  TERMINAL: 'TERMINAL',
  UNKNOWN: 'UNKNOWN',
} as const;

export type Outcome =
  | 'RETRYABLE'
  | 0
  | 'TERMINAL'
  | 1
  | 'UNKNOWN'
  | 2

export type Outcome__Output = typeof Outcome[keyof typeof Outcome]
