// Original file: proto/claimd/v1/claimd.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AcceptClockRequest as _claimd_v1_AcceptClockRequest, AcceptClockRequest__Output as _claimd_v1_AcceptClockRequest__Output } from '../../claimd/v1/AcceptClockRequest.ts';
import type { AcceptClockResponse as _claimd_v1_AcceptClockResponse, AcceptClockResponse__Output as _claimd_v1_AcceptClockResponse__Output } from '../../claimd/v1/AcceptClockResponse.ts';
import type { DeleteNamespaceRequest as _claimd_v1_DeleteNamespaceRequest, DeleteNamespaceRequest__Output as _claimd_v1_DeleteNamespaceRequest__Output } from '../../claimd/v1/DeleteNamespaceRequest.ts';
import type { DeleteNamespaceResponse as _claimd_v1_DeleteNamespaceResponse, DeleteNamespaceResponse__Output as _claimd_v1_DeleteNamespaceResponse__Output } from '../../claimd/v1/DeleteNamespaceResponse.ts';
import type { GetNamespaceRequest as _claimd_v1_GetNamespaceRequest, GetNamespaceRequest__Output as _claimd_v1_GetNamespaceRequest__Output } from '../../claimd/v1/GetNamespaceRequest.ts';
import type { ListDoublesRequest as _claimd_v1_ListDoublesRequest, ListDoublesRequest__Output as _claimd_v1_ListDoublesRequest__Output } from '../../claimd/v1/ListDoublesRequest.ts';
import type { ListDoublesResponse as _claimd_v1_ListDoublesResponse, ListDoublesResponse__Output as _claimd_v1_ListDoublesResponse__Output } from '../../claimd/v1/ListDoublesResponse.ts';
import type { ListNamespacesRequest as _claimd_v1_ListNamespacesRequest, ListNamespacesRequest__Output as _claimd_v1_ListNamespacesRequest__Output } from '../../claimd/v1/ListNamespacesRequest.ts';
import type { ListNamespacesResponse as _claimd_v1_ListNamespacesResponse, ListNamespacesResponse__Output as _claimd_v1_ListNamespacesResponse__Output } from '../../claimd/v1/ListNamespacesResponse.ts';
import type { ListRecordsRequest as _claimd_v1_ListRecordsRequest, ListRecordsRequest__Output as _claimd_v1_ListRecordsRequest__Output } from '../../claimd/v1/ListRecordsRequest.ts';
import type { ListedRecord as _claimd_v1_ListedRecord, ListedRecord__Output as _claimd_v1_ListedRecord__Output } from '../../claimd/v1/ListedRecord.ts';
import type { Namespace as _claimd_v1_Namespace, Namespace__Output as _claimd_v1_Namespace__Output } from '../../claimd/v1/Namespace.ts';
import type { PutNamespaceRequest as _claimd_v1_PutNamespaceRequest, PutNamespaceRequest__Output as _claimd_v1_PutNamespaceRequest__Output } from '../../claimd/v1/PutNamespaceRequest.ts';
import type { ResolveRequest as _claimd_v1_ResolveRequest, ResolveRequest__Output as _claimd_v1_ResolveRequest__Output } from '../../claimd/v1/ResolveRequest.ts';
import type { SetPausedRequest as _claimd_v1_SetPausedRequest, SetPausedRequest__Output as _claimd_v1_SetPausedRequest__Output } from '../../claimd/v1/SetPausedRequest.ts';
import type { SettleResponse as _claimd_v1_SettleResponse, SettleResponse__Output as _claimd_v1_SettleResponse__Output } from '../../claimd/v1/SettleResponse.ts';
import type { StatsRequest as _claimd_v1_StatsRequest, StatsRequest__Output as _claimd_v1_StatsRequest__Output } from '../../claimd/v1/StatsRequest.ts';
import type { StatsResponse as _claimd_v1_StatsResponse, StatsResponse__Output as _claimd_v1_StatsResponse__Output } from '../../claimd/v1/StatsResponse.ts';

export interface AdminClient extends grpc.Client {
  AcceptClock(argument: _claimd_v1_AcceptClockRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_AcceptClockResponse__Output>): grpc.ClientUnaryCall;
  AcceptClock(argument: _claimd_v1_AcceptClockRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_claimd_v1_AcceptClockResponse__Output>): grpc.ClientUnaryCall;
  AcceptClock(argument: _claimd_v1_AcceptClockRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_AcceptClockResponse__Output>): grpc.ClientUnaryCall;
  AcceptClock(argument: _claimd_v1_AcceptClockRequest, callback: grpc.requestCallback<_claimd_v1_AcceptClockResponse__Output>): grpc.ClientUnaryCall;
  acceptClock(argument: _claimd_v1_AcceptClockRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_AcceptClockResponse__Output>): grpc.ClientUnaryCall;
  acceptClock(argument: _claimd_v1_AcceptClockRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_claimd_v1_AcceptClockResponse__Output>): grpc.ClientUnaryCall;
  acceptClock(argument: _claimd_v1_AcceptClockRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_AcceptClockResponse__Output>): grpc.ClientUnaryCall;
  acceptClock(argument: _claimd_v1_AcceptClockRequest, callback: grpc.requestCallback<_claimd_v1_AcceptClockResponse__Output>): grpc.ClientUnaryCall;
  
  DeleteNamespace(argument: _claimd_v1_DeleteNamespaceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_DeleteNamespaceResponse__Output>): grpc.ClientUnaryCall;
  DeleteNamespace(argument: _claimd_v1_DeleteNamespaceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_claimd_v1_DeleteNamespaceResponse__Output>): grpc.ClientUnaryCall;
  DeleteNamespace(argument: _claimd_v1_DeleteNamespaceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_DeleteNamespaceResponse__Output>): grpc.ClientUnaryCall;
  DeleteNamespace(argument: _claimd_v1_DeleteNamespaceRequest, callback: grpc.requestCallback<_claimd_v1_DeleteNamespaceResponse__Output>): grpc.ClientUnaryCall;
  deleteNamespace(argument: _claimd_v1_DeleteNamespaceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_DeleteNamespaceResponse__Output>): grpc.ClientUnaryCall;
  deleteNamespace(argument: _claimd_v1_DeleteNamespaceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_claimd_v1_DeleteNamespaceResponse__Output>): grpc.ClientUnaryCall;
  deleteNamespace(argument: _claimd_v1_DeleteNamespaceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_DeleteNamespaceResponse__Output>): grpc.ClientUnaryCall;
  deleteNamespace(argument: _claimd_v1_DeleteNamespaceRequest, callback: grpc.requestCallback<_claimd_v1_DeleteNamespaceResponse__Output>): grpc.ClientUnaryCall;
  
  GetNamespace(argument: _claimd_v1_GetNamespaceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_Namespace__Output>): grpc.ClientUnaryCall;
  GetNamespace(argument: _claimd_v1_GetNamespaceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_claimd_v1_Namespace__Output>): grpc.ClientUnaryCall;
  GetNamespace(argument: _claimd_v1_GetNamespaceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_Namespace__Output>): grpc.ClientUnaryCall;
  GetNamespace(argument: _claimd_v1_GetNamespaceRequest, callback: grpc.requestCallback<_claimd_v1_Namespace__Output>): grpc.ClientUnaryCall;
  getNamespace(argument: _claimd_v1_GetNamespaceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_Namespace__Output>): grpc.ClientUnaryCall;
  getNamespace(argument: _claimd_v1_GetNamespaceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_claimd_v1_Namespace__Output>): grpc.ClientUnaryCall;
  getNamespace(argument: _claimd_v1_GetNamespaceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_Namespace__Output>): grpc.ClientUnaryCall;
  getNamespace(argument: _claimd_v1_GetNamespaceRequest, callback: grpc.requestCallback<_claimd_v1_Namespace__Output>): grpc.ClientUnaryCall;
  
  ListDoubles(argument: _claimd_v1_ListDoublesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_ListDoublesResponse__Output>): grpc.ClientUnaryCall;
  ListDoubles(argument: _claimd_v1_ListDoublesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_claimd_v1_ListDoublesResponse__Output>): grpc.ClientUnaryCall;
  ListDoubles(argument: _claimd_v1_ListDoublesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_ListDoublesResponse__Output>): grpc.ClientUnaryCall;
  ListDoubles(argument: _claimd_v1_ListDoublesRequest, callback: grpc.requestCallback<_claimd_v1_ListDoublesResponse__Output>): grpc.ClientUnaryCall;
  listDoubles(argument: _claimd_v1_ListDoublesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_ListDoublesResponse__Output>): grpc.ClientUnaryCall;
  listDoubles(argument: _claimd_v1_ListDoublesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_claimd_v1_ListDoublesResponse__Output>): grpc.ClientUnaryCall;
  listDoubles(argument: _claimd_v1_ListDoublesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_ListDoublesResponse__Output>): grpc.ClientUnaryCall;
  listDoubles(argument: _claimd_v1_ListDoublesRequest, callback: grpc.requestCallback<_claimd_v1_ListDoublesResponse__Output>): grpc.ClientUnaryCall;
  
  ListNamespaces(argument: _claimd_v1_ListNamespacesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_ListNamespacesResponse__Output>): grpc.ClientUnaryCall;
  ListNamespaces(argument: _claimd_v1_ListNamespacesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_claimd_v1_ListNamespacesResponse__Output>): grpc.ClientUnaryCall;
  ListNamespaces(argument: _claimd_v1_ListNamespacesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_ListNamespacesResponse__Output>): grpc.ClientUnaryCall;
  ListNamespaces(argument: _claimd_v1_ListNamespacesRequest, callback: grpc.requestCallback<_claimd_v1_ListNamespacesResponse__Output>): grpc.ClientUnaryCall;
  listNamespaces(argument: _claimd_v1_ListNamespacesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_ListNamespacesResponse__Output>): grpc.ClientUnaryCall;
  listNamespaces(argument: _claimd_v1_ListNamespacesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_claimd_v1_ListNamespacesResponse__Output>): grpc.ClientUnaryCall;
  listNamespaces(argument: _claimd_v1_ListNamespacesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_ListNamespacesResponse__Output>): grpc.ClientUnaryCall;
  listNamespaces(argument: _claimd_v1_ListNamespacesRequest, callback: grpc.requestCallback<_claimd_v1_ListNamespacesResponse__Output>): grpc.ClientUnaryCall;
  
  ListRecords(argument: _claimd_v1_ListRecordsRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_claimd_v1_ListedRecord__Output>;
  ListRecords(argument: _claimd_v1_ListRecordsRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_claimd_v1_ListedRecord__Output>;
  listRecords(argument: _claimd_v1_ListRecordsRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_claimd_v1_ListedRecord__Output>;
  listRecords(argument: _claimd_v1_ListRecordsRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_claimd_v1_ListedRecord__Output>;
  
  PutNamespace(argument: _claimd_v1_PutNamespaceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_Namespace__Output>): grpc.ClientUnaryCall;
  PutNamespace(argument: _claimd_v1_PutNamespaceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_claimd_v1_Namespace__Output>): grpc.ClientUnaryCall;
  PutNamespace(argument: _claimd_v1_PutNamespaceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_Namespace__Output>): grpc.ClientUnaryCall;
  PutNamespace(argument: _claimd_v1_PutNamespaceRequest, callback: grpc.requestCallback<_claimd_v1_Namespace__Output>): grpc.ClientUnaryCall;
  putNamespace(argument: _claimd_v1_PutNamespaceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_Namespace__Output>): grpc.ClientUnaryCall;
  putNamespace(argument: _claimd_v1_PutNamespaceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_claimd_v1_Namespace__Output>): grpc.ClientUnaryCall;
  putNamespace(argument: _claimd_v1_PutNamespaceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_Namespace__Output>): grpc.ClientUnaryCall;
  putNamespace(argument: _claimd_v1_PutNamespaceRequest, callback: grpc.requestCallback<_claimd_v1_Namespace__Output>): grpc.ClientUnaryCall;
  
  Resolve(argument: _claimd_v1_ResolveRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  Resolve(argument: _claimd_v1_ResolveRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_claimd_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  Resolve(argument: _claimd_v1_ResolveRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  Resolve(argument: _claimd_v1_ResolveRequest, callback: grpc.requestCallback<_claimd_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  resolve(argument: _claimd_v1_ResolveRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  resolve(argument: _claimd_v1_ResolveRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_claimd_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  resolve(argument: _claimd_v1_ResolveRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  resolve(argument: _claimd_v1_ResolveRequest, callback: grpc.requestCallback<_claimd_v1_SettleResponse__Output>): grpc.ClientUnaryCall;
  
  SetPaused(argument: _claimd_v1_SetPausedRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_Namespace__Output>): grpc.ClientUnaryCall;
  SetPaused(argument: _claimd_v1_SetPausedRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_claimd_v1_Namespace__Output>): grpc.ClientUnaryCall;
  SetPaused(argument: _claimd_v1_SetPausedRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_Namespace__Output>): grpc.ClientUnaryCall;
  SetPaused(argument: _claimd_v1_SetPausedRequest, callback: grpc.requestCallback<_claimd_v1_Namespace__Output>): grpc.ClientUnaryCall;
  setPaused(argument: _claimd_v1_SetPausedRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_Namespace__Output>): grpc.ClientUnaryCall;
  setPaused(argument: _claimd_v1_SetPausedRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_claimd_v1_Namespace__Output>): grpc.ClientUnaryCall;
  setPaused(argument: _claimd_v1_SetPausedRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_Namespace__Output>): grpc.ClientUnaryCall;
  setPaused(argument: _claimd_v1_SetPausedRequest, callback: grpc.requestCallback<_claimd_v1_Namespace__Output>): grpc.ClientUnaryCall;
  
  Stats(argument: _claimd_v1_StatsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_StatsResponse__Output>): grpc.ClientUnaryCall;
  Stats(argument: _claimd_v1_StatsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_claimd_v1_StatsResponse__Output>): grpc.ClientUnaryCall;
  Stats(argument: _claimd_v1_StatsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_StatsResponse__Output>): grpc.ClientUnaryCall;
  Stats(argument: _claimd_v1_StatsRequest, callback: grpc.requestCallback<_claimd_v1_StatsResponse__Output>): grpc.ClientUnaryCall;
  stats(argument: _claimd_v1_StatsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_StatsResponse__Output>): grpc.ClientUnaryCall;
  stats(argument: _claimd_v1_StatsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_claimd_v1_StatsResponse__Output>): grpc.ClientUnaryCall;
  stats(argument: _claimd_v1_StatsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_claimd_v1_StatsResponse__Output>): grpc.ClientUnaryCall;
  stats(argument: _claimd_v1_StatsRequest, callback: grpc.requestCallback<_claimd_v1_StatsResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface AdminHandlers extends grpc.UntypedServiceImplementation {
  AcceptClock: grpc.handleUnaryCall<_claimd_v1_AcceptClockRequest__Output, _claimd_v1_AcceptClockResponse>;
  
  DeleteNamespace: grpc.handleUnaryCall<_claimd_v1_DeleteNamespaceRequest__Output, _claimd_v1_DeleteNamespaceResponse>;
  
  GetNamespace: grpc.handleUnaryCall<_claimd_v1_GetNamespaceRequest__Output, _claimd_v1_Namespace>;
  
  ListDoubles: grpc.handleUnaryCall<_claimd_v1_ListDoublesRequest__Output, _claimd_v1_ListDoublesResponse>;
  
  ListNamespaces: grpc.handleUnaryCall<_claimd_v1_ListNamespacesRequest__Output, _claimd_v1_ListNamespacesResponse>;
  
  ListRecords: grpc.handleServerStreamingCall<_claimd_v1_ListRecordsRequest__Output, _claimd_v1_ListedRecord>;
  
  PutNamespace: grpc.handleUnaryCall<_claimd_v1_PutNamespaceRequest__Output, _claimd_v1_Namespace>;
  
  Resolve: grpc.handleUnaryCall<_claimd_v1_ResolveRequest__Output, _claimd_v1_SettleResponse>;
  
  SetPaused: grpc.handleUnaryCall<_claimd_v1_SetPausedRequest__Output, _claimd_v1_Namespace>;
  
  Stats: grpc.handleUnaryCall<_claimd_v1_StatsRequest__Output, _claimd_v1_StatsResponse>;
  
}

export interface AdminDefinition extends grpc.ServiceDefinition {
  AcceptClock: MethodDefinition<_claimd_v1_AcceptClockRequest, _claimd_v1_AcceptClockResponse, _claimd_v1_AcceptClockRequest__Output, _claimd_v1_AcceptClockResponse__Output>
  DeleteNamespace: MethodDefinition<_claimd_v1_DeleteNamespaceRequest, _claimd_v1_DeleteNamespaceResponse, _claimd_v1_DeleteNamespaceRequest__Output, _claimd_v1_DeleteNamespaceResponse__Output>
  GetNamespace: MethodDefinition<_claimd_v1_GetNamespaceRequest, _claimd_v1_Namespace, _claimd_v1_GetNamespaceRequest__Output, _claimd_v1_Namespace__Output>
  ListDoubles: MethodDefinition<_claimd_v1_ListDoublesRequest, _claimd_v1_ListDoublesResponse, _claimd_v1_ListDoublesRequest__Output, _claimd_v1_ListDoublesResponse__Output>
  ListNamespaces: MethodDefinition<_claimd_v1_ListNamespacesRequest, _claimd_v1_ListNamespacesResponse, _claimd_v1_ListNamespacesRequest__Output, _claimd_v1_ListNamespacesResponse__Output>
  ListRecords: MethodDefinition<_claimd_v1_ListRecordsRequest, _claimd_v1_ListedRecord, _claimd_v1_ListRecordsRequest__Output, _claimd_v1_ListedRecord__Output>
  PutNamespace: MethodDefinition<_claimd_v1_PutNamespaceRequest, _claimd_v1_Namespace, _claimd_v1_PutNamespaceRequest__Output, _claimd_v1_Namespace__Output>
  Resolve: MethodDefinition<_claimd_v1_ResolveRequest, _claimd_v1_SettleResponse, _claimd_v1_ResolveRequest__Output, _claimd_v1_SettleResponse__Output>
  SetPaused: MethodDefinition<_claimd_v1_SetPausedRequest, _claimd_v1_Namespace, _claimd_v1_SetPausedRequest__Output, _claimd_v1_Namespace__Output>
  Stats: MethodDefinition<_claimd_v1_StatsRequest, _claimd_v1_StatsResponse, _claimd_v1_StatsRequest__Output, _claimd_v1_StatsResponse__Output>
}
