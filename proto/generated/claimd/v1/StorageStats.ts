// Original file: proto/claimd/v1/claimd.proto

import type { Long } from '@grpc/proto-loader';

export interface StorageStats {
  'journalSequence'?: (number | string | Long);
  'appliedSequence'?: (number | string | Long);
  'journalBytes'?: (number | string | Long);
  'overlayRecords'?: (number | string | Long);
  'generations'?: (number);
  'diskFreeBytes'?: (number | string | Long);
  'grantsRefused'?: (boolean);
}

export interface StorageStats__Output {
  'journalSequence': (number);
  'appliedSequence': (number);
  'journalBytes': (number);
  'overlayRecords': (number);
  'generations': (number);
  'diskFreeBytes': (number);
  'grantsRefused': (boolean);
}
