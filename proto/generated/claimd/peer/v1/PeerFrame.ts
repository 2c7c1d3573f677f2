// Original file: proto/claimd/peer/v1/peer.proto

import type { PeerHandshake as _claimd_peer_v1_PeerHandshake, PeerHandshake__Output as _claimd_peer_v1_PeerHandshake__Output } from '../../../claimd/peer/v1/PeerHandshake.ts';
import type { PeerMessages as _claimd_peer_v1_PeerMessages, PeerMessages__Output as _claimd_peer_v1_PeerMessages__Output } from '../../../claimd/peer/v1/PeerMessages.ts';

export interface PeerFrame {
  'handshake'?: (_claimd_peer_v1_PeerHandshake | null);
  'messages'?: (_claimd_peer_v1_PeerMessages)[];
}

export interface PeerFrame__Output {
  'handshake': (_claimd_peer_v1_PeerHandshake__Output | null);
  'messages': (_claimd_peer_v1_PeerMessages__Output)[];
}
