// Original file: proto/claimd/v1/claimd.proto

export const LeaseExpiry = {
  RECLAIM: 'RECLAIM',
  HOLD: 'HOLD',
} as const;

export type LeaseExpiry =
  | 'RECLAIM'
  | 0
  | 'HOLD'
  | 1

export type LeaseExpiry__Output = typeof LeaseExpiry[keyof typeof LeaseExpiry]
