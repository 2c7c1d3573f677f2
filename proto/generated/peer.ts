import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { PeerFrame as _claimd_peer_v1_PeerFrame, PeerFrame__Output as _claimd_peer_v1_PeerFrame__Output } from './claimd/peer/v1/PeerFrame.ts';
import type { PeerHandshake as _claimd_peer_v1_PeerHandshake, PeerHandshake__Output as _claimd_peer_v1_PeerHandshake__Output } from './claimd/peer/v1/PeerHandshake.ts';
import type { PeerMessages as _claimd_peer_v1_PeerMessages, PeerMessages__Output as _claimd_peer_v1_PeerMessages__Output } from './claimd/peer/v1/PeerMessages.ts';
import type { PeersClient as _claimd_peer_v1_PeersClient, PeersDefinition as _claimd_peer_v1_PeersDefinition } from './claimd/peer/v1/Peers.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  claimd: {
    peer: {
      v1: {
        PeerFrame: MessageTypeDefinition<_claimd_peer_v1_PeerFrame, _claimd_peer_v1_PeerFrame__Output>
        PeerHandshake: MessageTypeDefinition<_claimd_peer_v1_PeerHandshake, _claimd_peer_v1_PeerHandshake__Output>
        PeerMessages: MessageTypeDefinition<_claimd_peer_v1_PeerMessages, _claimd_peer_v1_PeerMessages__Output>
        Peers: SubtypeConstructor<typeof grpc.Client, _claimd_peer_v1_PeersClient> & { service: _claimd_peer_v1_PeersDefinition }
      }
    }
  }
}

