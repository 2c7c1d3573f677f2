// Original file: proto/claimd/v1/claimd.proto

export const FingerprintMode = {
  OPTIONAL: 'OPTIONAL',
  OFF: 'OFF',
  REQUIRED: 'REQUIRED',
} as const;

export type FingerprintMode =
  | 'OPTIONAL'
  | 0
  | 'OFF'
  | 1
  | 'REQUIRED'
  | 2

export type FingerprintMode__Output = typeof FingerprintMode[keyof typeof FingerprintMode]
