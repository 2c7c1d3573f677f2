// Original file: proto/claimd/v1/claimd.proto

import type { LeaseExpiry as _claimd_v1_LeaseExpiry, LeaseExpiry__Output as _claimd_v1_LeaseExpiry__Output } from '../../claimd/v1/LeaseExpiry.ts';
import type { FingerprintMode as _claimd_v1_FingerprintMode, FingerprintMode__Output as _claimd_v1_FingerprintMode__Output } from '../../claimd/v1/FingerprintMode.ts';
import type { Quota as _claimd_v1_Quota, Quota__Output as _claimd_v1_Quota__Output } from '../../claimd/v1/Quota.ts';
import type { Long } from '@grpc/proto-loader';

export interface Namespace {
  'name'?: (string);
  'revision'?: (number | string | Long);
  'windowMs'?: (number | string | Long);
  'maxWindowMs'?: (number | string | Long);
  'leaseMs'?: (number);
  'maxLeaseMs'?: (number);
  'maxWaitMs'?: (number);
  'onLeaseExpiry'?: (_claimd_v1_LeaseExpiry);
  'maxAttempts'?: (number);
  'fingerprint'?: (_claimd_v1_FingerprintMode);
  'resultMaxBytes'?: (number);
  'forgetOnComplete'?: (boolean);
  'observe'?: (boolean);
  'paused'?: (boolean);
  'quota'?: (_claimd_v1_Quota | null);
}

export interface Namespace__Output {
  'name': (string);
  'revision': (number);
  'windowMs': (number);
  'maxWindowMs': (number);
  'leaseMs': (number);
  'maxLeaseMs': (number);
  'maxWaitMs': (number);
  'onLeaseExpiry': (_claimd_v1_LeaseExpiry__Output);
  'maxAttempts': (number);
  'fingerprint': (_claimd_v1_FingerprintMode__Output);
  'resultMaxBytes': (number);
  'forgetOnComplete': (boolean);
  'observe': (boolean);
  'paused': (boolean);
  'quota': (_claimd_v1_Quota__Output | null);
}
