// Original file: proto/claimd/v1/claimd.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { BatchRequest as _claimd_v1_BatchRequest, BatchRequest__Output as _claimd_v1_BatchRequest__Output } from '../../claimd/v1/BatchRequest.ts';
import type { BatchResponse as _claimd_v1_BatchResponse, BatchResponse__Output as _claimd_v1_BatchResponse__Output } from '../../claimd/v1/BatchResponse.ts';
import type { ClaimRequest as _claimd_v1_ClaimRequest, ClaimRequest__Output as _claimd_v1_ClaimRequest__Output } from '../../claimd/v1/ClaimRequest.ts';
import type { ClaimResponse as _claimd_v1_ClaimResponse, ClaimResponse__Output as _claimd_v1_ClaimResponse__Output } from '../../claimd/v1/ClaimResponse.ts';
import type { CompleteRequest as _claimd_v1_CompleteRequest, CompleteRequest__Output as _claimd_v1_CompleteRequest__Output } from '../../claimd/v1/CompleteRequest.ts';
import type { ExtendRequest as _claimd_v1_ExtendRequest, ExtendRequest__Output as _claimd_v1_ExtendRequest__Output } from '../../claimd/v1/ExtendRequest.ts';
import type { FailRequest as _claimd_v1_FailRequest, FailRequest__Output as _claimd_v1_FailRequest__Output } from '../../claimd/v1/FailRequest.ts';
import type { ForgetRequest as _claimd_v1_ForgetRequest, ForgetRequest__Output as _claimd_v1_ForgetRequest__Output } from '../../claimd/v1/ForgetRequest.ts';
import type { ForgetResponse as _claimd_v1_ForgetResponse, ForgetResponse__Output as _claimd_v1_ForgetResponse__Output } from '../../claimd/v1/ForgetResponse.ts';
import type { GetRequest as _claimd_v1_GetRequest, GetRequest__Output as _claimd_v1_GetRequest__Output } from '../../claimd/v1/GetRequest.ts';
import type { GetResponse as _claimd_v1_GetResponse, GetResponse__Output as _claimd_v1_GetResponse__Output } from '../../claimd/v1/GetResponse.ts';
import type { SessionRequest as _claimd_v1_SessionRequest, SessionRequest__Output as _claimd_v1_SessionRequest__Output } from '../../claimd/v1/SessionRequest.ts';
import type { SessionResponse as _claimd_v1_SessionResponse, SessionResponse__Output as _claimd_v1_SessionResponse__Output } from '../../claimd/v1/SessionResponse.ts';
import type { SettleResponse as _claimd_v1_SettleResponse, SettleResponse__Output as _claimd_v1_SettleResponse__Output } from '../../claimd/v1/SettleResponse.ts';
import type { Topology as _claimd_v1_Topology, Topology__Output as _claimd_v1_Topology__Output } from '../../claimd/v1/Topology.ts';
import type { TopologyRequest as _claimd_v1_TopologyRequest, TopologyRequest__Output as _claimd_v1_TopologyRequest__Output } from '../../claimd/v1/TopologyRequest.ts';

export interface ClaimsClient extends grpc.Client {
  Batch(argument: _claimd_v1_BatchRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_BatchResponse__Output>): grpc.ClientUnaryCall;
  Batch(argument: _claimd_v1_BatchRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_claimd_v1_BatchResponse__Output>): grpc.ClientUnaryCall;
  Batch(argument: _claimd_v1_BatchRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_BatchResponse__Output>): grpc.ClientUnaryCall;
  Batch(argument: _claimd_v1_BatchRequest, callback: grpc.requestCallback<_claimd_v1_BatchResponse__Output>): grpc.ClientUnaryCall;
  batch(argument: _claimd_v1_BatchRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_BatchResponse__Output>): grpc.ClientUnaryCall;
  batch(argument: _claimd_v1_BatchRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_claimd_v1_BatchResponse__Output>): grpc.ClientUnaryCall;
  batch(argument: _claimd_v1_BatchRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_BatchResponse__Output>): grpc.ClientUnaryCall;
  batch(argument: _claimd_v1_BatchRequest, callback: grpc.requestCallback<_claimd_v1_BatchResponse__Output>): grpc.ClientUnaryCall;
  
  Claim(argument: _claimd_v1_ClaimRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_ClaimResponse__Output>): grpc.ClientUnaryCall;
  Claim(argument: _claimd_v1_ClaimRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_claimd_v1_ClaimResponse__Output>): grpc.ClientUnaryCall;
  Claim(argument: _claimd_v1_ClaimRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_ClaimResponse__Output>): grpc.ClientUnaryCall;
  Claim(argument: _claimd_v1_ClaimRequest, callback: grpc.requestCallback<_claimd_v1_ClaimResponse__Output>): grpc.ClientUnaryCall;
  claim(argument: _claimd_v1_ClaimRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_ClaimResponse__Output>): grpc.ClientUnaryCall;
  claim(argument: _claimd_v1_ClaimRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_claimd_v1_ClaimResponse__Output>): grpc.ClientUnaryCall;
  claim(argument: _claimd_v1_ClaimRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_ClaimResponse__Output>): grpc.ClientUnaryCall;
  claim(argument: _claimd_v1_ClaimRequest, callback: grpc.requestCallback<_claimd_v1_ClaimResponse__Output>): grpc.ClientUnaryCall;
  
  Complete(argument: _claimd_v1_CompleteRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  Complete(argument: _claimd_v1_CompleteRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_claimd_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  Complete(argument: _claimd_v1_CompleteRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  Complete(argument: _claimd_v1_CompleteRequest, callback: grpc.requestCallback<_claimd_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  complete(argument: _claimd_v1_CompleteRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  complete(argument: _claimd_v1_CompleteRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_claimd_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  complete(argument: _claimd_v1_CompleteRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  complete(argument: _claimd_v1_CompleteRequest, callback: grpc.requestCallback<_claimd_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  
  Extend(argument: _claimd_v1_ExtendRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  Extend(argument: _claimd_v1_ExtendRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_claimd_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  Extend(argument: _claimd_v1_ExtendRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  Extend(argument: _claimd_v1_ExtendRequest, callback: grpc.requestCallback<_claimd_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  extend(argument: _claimd_v1_ExtendRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  extend(argument: _claimd_v1_ExtendRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_claimd_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  extend(argument: _claimd_v1_ExtendRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  extend(argument: _claimd_v1_ExtendRequest, callback: grpc.requestCallback<_claimd_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  
  Fail(argument: _claimd_v1_FailRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  Fail(argument: _claimd_v1_FailRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_claimd_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  Fail(argument: _claimd_v1_FailRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  Fail(argument: _claimd_v1_FailRequest, callback: grpc.requestCallback<_claimd_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  fail(argument: _claimd_v1_FailRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  fail(argument: _claimd_v1_FailRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_claimd_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  fail(argument: _claimd_v1_FailRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  fail(argument: _claimd_v1_FailRequest, callback: grpc.requestCallback<_claimd_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  
  Forget(argument: _claimd_v1_ForgetRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_ForgetResponse__Output>): grpc.ClientUnaryCall;
  Forget(argument: _claimd_v1_ForgetRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_claimd_v1_ForgetResponse__Output>): grpc.ClientUnaryCall;
  Forget(argument: _claimd_v1_ForgetRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_ForgetResponse__Output>): grpc.ClientUnaryCall;
  Forget(argument: _claimd_v1_ForgetRequest, callback: grpc.requestCallback<_claimd_v1_ForgetResponse__Output>): grpc.ClientUnaryCall;
  forget(argument: _claimd_v1_ForgetRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_ForgetResponse__Output>): grpc.ClientUnaryCall;
  forget(argument: _claimd_v1_ForgetRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_claimd_v1_ForgetResponse__Output>): grpc.ClientUnaryCall;
  forget(argument: _claimd_v1_ForgetRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_ForgetResponse__Output>): grpc.ClientUnaryCall;
  forget(argument: _claimd_v1_ForgetRequest, callback: grpc.requestCallback<_claimd_v1_ForgetResponse__Output>): grpc.ClientUnaryCall;
  
  Get(argument: _claimd_v1_GetRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  Get(argument: _claimd_v1_GetRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_claimd_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  Get(argument: _claimd_v1_GetRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  Get(argument: _claimd_v1_GetRequest, callback: grpc.requestCallback<_claimd_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  get(argument: _claimd_v1_GetRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  get(argument: _claimd_v1_GetRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_claimd_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  get(argument: _claimd_v1_GetRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  get(argument: _claimd_v1_GetRequest, callback: grpc.requestCallback<_claimd_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  
  Session(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_claimd_v1_SessionRequest, _claimd_v1_SessionResponse__Output>;
  Session(options?: grpc.CallOptions): grpc.ClientDuplexStream<_claimd_v1_SessionRequest, _claimd_v1_SessionResponse__Output>;
  session(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_claimd_v1_SessionRequest, _claimd_v1_SessionResponse__Output>;
  session(options?: grpc.CallOptions): grpc.ClientDuplexStream<_claimd_v1_SessionRequest, _claimd_v1_SessionResponse__Output>;
  
  WatchTopology(argument: _claimd_v1_TopologyRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_claimd_v1_Topology__Output>;
  WatchTopology(argument: _claimd_v1_TopologyRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_claimd_v1_Topology__Output>;
  watchTopology(argument: _claimd_v1_TopologyRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_claimd_v1_Topology__Output>;
  watchTopology(argument: _claimd_v1_TopologyRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_claimd_v1_Topology__Output>;
  
}

export interface ClaimsHandlers extends grpc.UntypedServiceImplementation {
  Batch: grpc.handleUnaryCall<_claimd_v1_BatchRequest__Output, _claimd_v1_BatchResponse>;
  
  Claim: grpc.handleUnaryCall<_claimd_v1_ClaimRequest__Output, _claimd_v1_ClaimResponse>;
  
  Complete: grpc.handleUnaryCall<_claimd_v1_CompleteRequest__Output, _claimd_v1_SettleResponse>;
  
  Extend: grpc.handleUnaryCall<_claimd_v1_ExtendRequest__Output, _claimd_v1_SettleResponse>;
  
  Fail: grpc.handleUnaryCall<_claimd_v1_FailRequest__Output, _claimd_v1_SettleResponse>;
  
  Forget: grpc.handleUnaryCall<_claimd_v1_ForgetRequest__Output, _claimd_v1_ForgetResponse>;
  
  Get: grpc.handleUnaryCall<_claimd_v1_GetRequest__Output, _claimd_v1_GetResponse>;
  
  Session: grpc.handleBidiStreamingCall<_claimd_v1_SessionRequest__Output, _claimd_v1_SessionResponse>;
  
  WatchTopology: grpc.handleServerStreamingCall<_claimd_v1_TopologyRequest__Output, _claimd_v1_Topology>;
  
}

export interface ClaimsDefinition extends grpc.ServiceDefinition {
  Batch: MethodDefinition<_claimd_v1_BatchRequest, _claimd_v1_BatchResponse, _claimd_v1_BatchRequest__Output, _claimd_v1_BatchResponse__Output>
  Claim: MethodDefinition<_claimd_v1_ClaimRequest, _claimd_v1_ClaimResponse, _claimd_v1_ClaimRequest__Output, _claimd_v1_ClaimResponse__Output>
  Complete: MethodDefinition<_claimd_v1_CompleteRequest, _claimd_v1_SettleResponse, _claimd_v1_CompleteRequest__Output, _claimd_v1_SettleResponse__Output>
  Extend: MethodDefinition<_claimd_v1_ExtendRequest, _claimd_v1_SettleResponse, _claimd_v1_ExtendRequest__Output, _claimd_v1_SettleResponse__Output>
  Fail: MethodDefinition<_claimd_v1_FailRequest, _claimd_v1_SettleResponse, _claimd_v1_FailRequest__Output, _claimd_v1_SettleResponse__Output>
  Forget: MethodDefinition<_claimd_v1_ForgetRequest, _claimd_v1_ForgetResponse, _claimd_v1_ForgetRequest__Output, _claimd_v1_ForgetResponse__Output>
  Get: MethodDefinition<_claimd_v1_GetRequest, _claimd_v1_GetResponse, _claimd_v1_GetRequest__Output, _claimd_v1_GetResponse__Output>
  Session: MethodDefinition<_claimd_v1_SessionRequest, _claimd_v1_SessionResponse, _claimd_v1_SessionRequest__Output, _claimd_v1_SessionResponse__Output>
  WatchTopology: MethodDefinition<_claimd_v1_TopologyRequest, _claimd_v1_Topology, _claimd_v1_TopologyRequest__Output, _claimd_v1_Topology__Output>
}
