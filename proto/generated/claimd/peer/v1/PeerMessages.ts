// Original file: proto/claimd/peer/v1/peer.proto


// Original file: proto/claimd/peer/v1/peer.proto

export const _claimd_peer_v1_PeerMessages_Type = {
  TYPE_UNSPECIFIED: 'TYPE_UNSPECIFIED',
  HELLO: 'HELLO',
  APPEND: 'APPEND',
  CUT: 'CUT',
  CHUNK: 'CHUNK',
  ACK: 'ACK',
  SHAPE: 'SHAPE',
  STALE: 'STALE',
  REFUSED: 'REFUSED',
  WANTED: 'WANTED',
  LEAVING: 'LEAVING',
} as const;

export type _claimd_peer_v1_PeerMessages_Type =
  | 'TYPE_UNSPECIFIED'
  | 0
  | 'HELLO'
  | 1
  | 'APPEND'
  | 2
  | 'CUT'
  | 3
  | 'CHUNK'
  | 4
  | 'ACK'
  | 5
  | 'SHAPE'
  | 6
  | 'STALE'
  | 7
  | 'REFUSED'
  | 8
  | 'WANTED'
  | 9
  | 'LEAVING'
  | 10

export type _claimd_peer_v1_PeerMessages_Type__Output = typeof _claimd_peer_v1_PeerMessages_Type[keyof typeof _claimd_peer_v1_PeerMessages_Type]

export interface PeerMessages {
  'type'?: (_claimd_peer_v1_PeerMessages_Type);
  'checksum'?: (number);
  'partitions'?: (Buffer | Uint8Array | string);
  'epochs'?: (Buffer | Uint8Array | string);
  'joins'?: (Buffer | Uint8Array | string);
  'rounds'?: (Buffer | Uint8Array | string);
  'pointEpochs'?: (Buffer | Uint8Array | string);
  'pointIndexes'?: (Buffer | Uint8Array | string);
  'commits'?: (Buffer | Uint8Array | string);
  'indexes'?: (Buffer | Uint8Array | string);
  'transfers'?: (Buffer | Uint8Array | string);
  'sequences'?: (Buffer | Uint8Array | string);
  'lasts'?: (Buffer | Uint8Array | string);
  'stateTokens'?: (Buffer | Uint8Array | string);
  'stateStamps'?: (Buffer | Uint8Array | string);
  'rows'?: (Buffer | Uint8Array | string);
  'rowEpochs'?: (Buffer | Uint8Array | string);
  'rowIndexes'?: (Buffer | Uint8Array | string);
  'rowStamps'?: (Buffer | Uint8Array | string);
  'rowNamespaces'?: (Buffer | Uint8Array | string);
  'rowTokens'?: (Buffer | Uint8Array | string);
  'rowKeyBytes'?: (Buffer | Uint8Array | string);
  'rowRecordBytes'?: (Buffer | Uint8Array | string);
  'keys'?: (Buffer | Uint8Array | string);
  'records'?: (Buffer | Uint8Array | string);
}

export interface PeerMessages__Output {
  'type': (_claimd_peer_v1_PeerMessages_Type__Output);
  'checksum': (number);
  'partitions': (Buffer);
  'epochs': (Buffer);
  'joins': (Buffer);
  'rounds': (Buffer);
  'pointEpochs': (Buffer);
  'pointIndexes': (Buffer);
  'commits': (Buffer);
  'indexes': (Buffer);
  'transfers': (Buffer);
  'sequences': (Buffer);
  'lasts': (Buffer);
  'stateTokens': (Buffer);
  'stateStamps': (Buffer);
  'rows': (Buffer);
  'rowEpochs': (Buffer);
  'rowIndexes': (Buffer);
  'rowStamps': (Buffer);
  'rowNamespaces': (Buffer);
  'rowTokens': (Buffer);
  'rowKeyBytes': (Buffer);
  'rowRecordBytes': (Buffer);
  'keys': (Buffer);
  'records': (Buffer);
}
