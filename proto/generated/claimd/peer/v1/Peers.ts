// Original file: proto/claimd/peer/v1/peer.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { PeerFrame as _claimd_peer_v1_PeerFrame, PeerFrame__Output as _claimd_peer_v1_PeerFrame__Output } from '../../../claimd/peer/v1/PeerFrame.ts';

export interface PeersClient extends grpc.Client {
  Connect(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_claimd_peer_v1_PeerFrame, _claimd_peer_v1_PeerFrame__Output>;
  Connect(options?: grpc.CallOptions): grpc.ClientDuplexStream<_claimd_peer_v1_PeerFrame, _claimd_peer_v1_PeerFrame__Output>;
  connect(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_claimd_peer_v1_PeerFrame, _claimd_peer_v1_PeerFrame__Output>;
  connect(options?: grpc.CallOptions): grpc.ClientDuplexStream<_claimd_peer_v1_PeerFrame, _claimd_peer_v1_PeerFrame__Output>;
  
}

export interface PeersHandlers extends grpc.UntypedServiceImplementation {
  Connect: grpc.handleBidiStreamingCall<_claimd_peer_v1_PeerFrame__Output, _claimd_peer_v1_PeerFrame>;
  
}

export interface PeersDefinition extends grpc.ServiceDefinition {
  Connect: MethodDefinition<_claimd_peer_v1_PeerFrame, _claimd_peer_v1_PeerFrame, _claimd_peer_v1_PeerFrame__Output, _claimd_peer_v1_PeerFrame__Output>
}
