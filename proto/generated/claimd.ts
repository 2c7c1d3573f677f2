import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { AcceptClockRequest as _claimd_v1_AcceptClockRequest, AcceptClockRequest__Output as _claimd_v1_AcceptClockRequest__Output } from './claimd/v1/AcceptClockRequest.ts';
import type { AcceptClockResponse as _claimd_v1_AcceptClockResponse, AcceptClockResponse__Output as _claimd_v1_AcceptClockResponse__Output } from './claimd/v1/AcceptClockResponse.ts';
import type { AdminClient as _claimd_v1_AdminClient, AdminDefinition as _claimd_v1_AdminDefinition } from './claimd/v1/Admin.ts';
import type { Answers as _claimd_v1_Answers, Answers__Output as _claimd_v1_Answers__Output } from './claimd/v1/Answers.ts';
import type { BatchRequest as _claimd_v1_BatchRequest, BatchRequest__Output as _claimd_v1_BatchRequest__Output } from './claimd/v1/BatchRequest.ts';
import type { BatchResponse as _claimd_v1_BatchResponse, BatchResponse__Output as _claimd_v1_BatchResponse__Output } from './claimd/v1/BatchResponse.ts';
import type { Cancel as _claimd_v1_Cancel, Cancel__Output as _claimd_v1_Cancel__Output } from './claimd/v1/Cancel.ts';
import type { ClaimAnswers as _claimd_v1_ClaimAnswers, ClaimAnswers__Output as _claimd_v1_ClaimAnswers__Output } from './claimd/v1/ClaimAnswers.ts';
import type { ClaimRequest as _claimd_v1_ClaimRequest, ClaimRequest__Output as _claimd_v1_ClaimRequest__Output } from './claimd/v1/ClaimRequest.ts';
import type { ClaimResponse as _claimd_v1_ClaimResponse, ClaimResponse__Output as _claimd_v1_ClaimResponse__Output } from './claimd/v1/ClaimResponse.ts';
import type { ClaimsClient as _claimd_v1_ClaimsClient, ClaimsDefinition as _claimd_v1_ClaimsDefinition } from './claimd/v1/Claims.ts';
import type { ClockStats as _claimd_v1_ClockStats, ClockStats__Output as _claimd_v1_ClockStats__Output } from './claimd/v1/ClockStats.ts';
import type { ClusterStats as _claimd_v1_ClusterStats, ClusterStats__Output as _claimd_v1_ClusterStats__Output } from './claimd/v1/ClusterStats.ts';
import type { Commands as _claimd_v1_Commands, Commands__Output as _claimd_v1_Commands__Output } from './claimd/v1/Commands.ts';
import type { CompleteRequest as _claimd_v1_CompleteRequest, CompleteRequest__Output as _claimd_v1_CompleteRequest__Output } from './claimd/v1/CompleteRequest.ts';
import type { DeleteNamespaceRequest as _claimd_v1_DeleteNamespaceRequest, DeleteNamespaceRequest__Output as _claimd_v1_DeleteNamespaceRequest__Output } from './claimd/v1/DeleteNamespaceRequest.ts';
import type { DeleteNamespaceResponse as _claimd_v1_DeleteNamespaceResponse, DeleteNamespaceResponse__Output as _claimd_v1_DeleteNamespaceResponse__Output } from './claimd/v1/DeleteNamespaceResponse.ts';
import type { Double as _claimd_v1_Double, Double__Output as _claimd_v1_Double__Output } from './claimd/v1/Double.ts';
import type { Error as _claimd_v1_Error, Error__Output as _claimd_v1_Error__Output } from './claimd/v1/Error.ts';
import type { ExtendRequest as _claimd_v1_ExtendRequest, ExtendRequest__Output as _claimd_v1_ExtendRequest__Output } from './claimd/v1/ExtendRequest.ts';
import type { FailRequest as _claimd_v1_FailRequest, FailRequest__Output as _claimd_v1_FailRequest__Output } from './claimd/v1/FailRequest.ts';
import type { ForgetAnswers as _claimd_v1_ForgetAnswers, ForgetAnswers__Output as _claimd_v1_ForgetAnswers__Output } from './claimd/v1/ForgetAnswers.ts';
import type { ForgetRequest as _claimd_v1_ForgetRequest, ForgetRequest__Output as _claimd_v1_ForgetRequest__Output } from './claimd/v1/ForgetRequest.ts';
import type { ForgetResponse as _claimd_v1_ForgetResponse, ForgetResponse__Output as _claimd_v1_ForgetResponse__Output } from './claimd/v1/ForgetResponse.ts';
import type { GetAnswers as _claimd_v1_GetAnswers, GetAnswers__Output as _claimd_v1_GetAnswers__Output } from './claimd/v1/GetAnswers.ts';
import type { GetNamespaceRequest as _claimd_v1_GetNamespaceRequest, GetNamespaceRequest__Output as _claimd_v1_GetNamespaceRequest__Output } from './claimd/v1/GetNamespaceRequest.ts';
import type { GetRequest as _claimd_v1_GetRequest, GetRequest__Output as _claimd_v1_GetRequest__Output } from './claimd/v1/GetRequest.ts';
import type { GetResponse as _claimd_v1_GetResponse, GetResponse__Output as _claimd_v1_GetResponse__Output } from './claimd/v1/GetResponse.ts';
import type { ListDoublesRequest as _claimd_v1_ListDoublesRequest, ListDoublesRequest__Output as _claimd_v1_ListDoublesRequest__Output } from './claimd/v1/ListDoublesRequest.ts';
import type { ListDoublesResponse as _claimd_v1_ListDoublesResponse, ListDoublesResponse__Output as _claimd_v1_ListDoublesResponse__Output } from './claimd/v1/ListDoublesResponse.ts';
import type { ListNamespacesRequest as _claimd_v1_ListNamespacesRequest, ListNamespacesRequest__Output as _claimd_v1_ListNamespacesRequest__Output } from './claimd/v1/ListNamespacesRequest.ts';
import type { ListNamespacesResponse as _claimd_v1_ListNamespacesResponse, ListNamespacesResponse__Output as _claimd_v1_ListNamespacesResponse__Output } from './claimd/v1/ListNamespacesResponse.ts';
import type { ListRecordsRequest as _claimd_v1_ListRecordsRequest, ListRecordsRequest__Output as _claimd_v1_ListRecordsRequest__Output } from './claimd/v1/ListRecordsRequest.ts';
import type { ListedRecord as _claimd_v1_ListedRecord, ListedRecord__Output as _claimd_v1_ListedRecord__Output } from './claimd/v1/ListedRecord.ts';
import type { Namespace as _claimd_v1_Namespace, Namespace__Output as _claimd_v1_Namespace__Output } from './claimd/v1/Namespace.ts';
import type { NamespaceStats as _claimd_v1_NamespaceStats, NamespaceStats__Output as _claimd_v1_NamespaceStats__Output } from './claimd/v1/NamespaceStats.ts';
import type { Node as _claimd_v1_Node, Node__Output as _claimd_v1_Node__Output } from './claimd/v1/Node.ts';
import type { PeerStats as _claimd_v1_PeerStats, PeerStats__Output as _claimd_v1_PeerStats__Output } from './claimd/v1/PeerStats.ts';
import type { PutNamespaceRequest as _claimd_v1_PutNamespaceRequest, PutNamespaceRequest__Output as _claimd_v1_PutNamespaceRequest__Output } from './claimd/v1/PutNamespaceRequest.ts';
import type { Quota as _claimd_v1_Quota, Quota__Output as _claimd_v1_Quota__Output } from './claimd/v1/Quota.ts';
import type { Record as _claimd_v1_Record, Record__Output as _claimd_v1_Record__Output } from './claimd/v1/Record.ts';
import type { Refusals as _claimd_v1_Refusals, Refusals__Output as _claimd_v1_Refusals__Output } from './claimd/v1/Refusals.ts';
import type { ResolveRequest as _claimd_v1_ResolveRequest, ResolveRequest__Output as _claimd_v1_ResolveRequest__Output } from './claimd/v1/ResolveRequest.ts';
import type { Result as _claimd_v1_Result, Result__Output as _claimd_v1_Result__Output } from './claimd/v1/Result.ts';
import type { SessionRequest as _claimd_v1_SessionRequest, SessionRequest__Output as _claimd_v1_SessionRequest__Output } from './claimd/v1/SessionRequest.ts';
import type { SessionResponse as _claimd_v1_SessionResponse, SessionResponse__Output as _claimd_v1_SessionResponse__Output } from './claimd/v1/SessionResponse.ts';
import type { SetPausedRequest as _claimd_v1_SetPausedRequest, SetPausedRequest__Output as _claimd_v1_SetPausedRequest__Output } from './claimd/v1/SetPausedRequest.ts';
import type { SettleAnswers as _claimd_v1_SettleAnswers, SettleAnswers__Output as _claimd_v1_SettleAnswers__Output } from './claimd/v1/SettleAnswers.ts';
import type { SettleResponse as _claimd_v1_SettleResponse, SettleResponse__Output as _claimd_v1_SettleResponse__Output } from './claimd/v1/SettleResponse.ts';
import type { StatsRequest as _claimd_v1_StatsRequest, StatsRequest__Output as _claimd_v1_StatsRequest__Output } from './claimd/v1/StatsRequest.ts';
import type { StatsResponse as _claimd_v1_StatsResponse, StatsResponse__Output as _claimd_v1_StatsResponse__Output } from './claimd/v1/StatsResponse.ts';
import type { StorageStats as _claimd_v1_StorageStats, StorageStats__Output as _claimd_v1_StorageStats__Output } from './claimd/v1/StorageStats.ts';
import type { Topology as _claimd_v1_Topology, Topology__Output as _claimd_v1_Topology__Output } from './claimd/v1/Topology.ts';
import type { TopologyRequest as _claimd_v1_TopologyRequest, TopologyRequest__Output as _claimd_v1_TopologyRequest__Output } from './claimd/v1/TopologyRequest.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  claimd: {
    v1: {
      AcceptClockRequest: MessageTypeDefinition<_claimd_v1_AcceptClockRequest, _claimd_v1_AcceptClockRequest__Output>
      AcceptClockResponse: MessageTypeDefinition<_claimd_v1_AcceptClockResponse, _claimd_v1_AcceptClockResponse__Output>
      Admin: SubtypeConstructor<typeof grpc.Client, _claimd_v1_AdminClient> & { service: _claimd_v1_AdminDefinition }
      Answers: MessageTypeDefinition<_claimd_v1_Answers, _claimd_v1_Answers__Output>
      BatchRequest: MessageTypeDefinition<_claimd_v1_BatchRequest, _claimd_v1_BatchRequest__Output>
      BatchResponse: MessageTypeDefinition<_claimd_v1_BatchResponse, _claimd_v1_BatchResponse__Output>
      Cancel: MessageTypeDefinition<_claimd_v1_Cancel, _claimd_v1_Cancel__Output>
      ClaimAnswers: MessageTypeDefinition<_claimd_v1_ClaimAnswers, _claimd_v1_ClaimAnswers__Output>
      ClaimRequest: MessageTypeDefinition<_claimd_v1_ClaimRequest, _claimd_v1_ClaimRequest__Output>
      ClaimResponse: MessageTypeDefinition<_claimd_v1_ClaimResponse, _claimd_v1_ClaimResponse__Output>
      Claims: SubtypeConstructor<typeof grpc.Client, _claimd_v1_ClaimsClient> & { service: _claimd_v1_ClaimsDefinition }
      ClockStats: MessageTypeDefinition<_claimd_v1_ClockStats, _claimd_v1_ClockStats__Output>
      ClusterStats: MessageTypeDefinition<_claimd_v1_ClusterStats, _claimd_v1_ClusterStats__Output>
      Commands: MessageTypeDefinition<_claimd_v1_Commands, _claimd_v1_Commands__Output>
      CompleteRequest: MessageTypeDefinition<_claimd_v1_CompleteRequest, _claimd_v1_CompleteRequest__Output>
      DeleteNamespaceRequest: MessageTypeDefinition<_claimd_v1_DeleteNamespaceRequest, _claimd_v1_DeleteNamespaceRequest__Output>
      DeleteNamespaceResponse: MessageTypeDefinition<_claimd_v1_DeleteNamespaceResponse, _claimd_v1_DeleteNamespaceResponse__Output>
      Double: MessageTypeDefinition<_claimd_v1_Double, _claimd_v1_Double__Output>
      Error: MessageTypeDefinition<_claimd_v1_Error, _claimd_v1_Error__Output>
      ExtendRequest: MessageTypeDefinition<_claimd_v1_ExtendRequest, _claimd_v1_ExtendRequest__Output>
      FailRequest: MessageTypeDefinition<_claimd_v1_FailRequest, _claimd_v1_FailRequest__Output>
      FingerprintMode: EnumTypeDefinition
      ForgetAnswers: MessageTypeDefinition<_claimd_v1_ForgetAnswers, _claimd_v1_ForgetAnswers__Output>
      ForgetRequest: MessageTypeDefinition<_claimd_v1_ForgetRequest, _claimd_v1_ForgetRequest__Output>
      ForgetResponse: MessageTypeDefinition<_claimd_v1_ForgetResponse, _claimd_v1_ForgetResponse__Output>
      GetAnswers: MessageTypeDefinition<_claimd_v1_GetAnswers, _claimd_v1_GetAnswers__Output>
      GetNamespaceRequest: MessageTypeDefinition<_claimd_v1_GetNamespaceRequest, _claimd_v1_GetNamespaceRequest__Output>
      GetRequest: MessageTypeDefinition<_claimd_v1_GetRequest, _claimd_v1_GetRequest__Output>
      GetResponse: MessageTypeDefinition<_claimd_v1_GetResponse, _claimd_v1_GetResponse__Output>
      LeaseExpiry: EnumTypeDefinition
      ListDoublesRequest: MessageTypeDefinition<_claimd_v1_ListDoublesRequest, _claimd_v1_ListDoublesRequest__Output>
      ListDoublesResponse: MessageTypeDefinition<_claimd_v1_ListDoublesResponse, _claimd_v1_ListDoublesResponse__Output>
      ListNamespacesRequest: MessageTypeDefinition<_claimd_v1_ListNamespacesRequest, _claimd_v1_ListNamespacesRequest__Output>
      ListNamespacesResponse: MessageTypeDefinition<_claimd_v1_ListNamespacesResponse, _claimd_v1_ListNamespacesResponse__Output>
      ListRecordsRequest: MessageTypeDefinition<_claimd_v1_ListRecordsRequest, _claimd_v1_ListRecordsRequest__Output>
      ListedRecord: MessageTypeDefinition<_claimd_v1_ListedRecord, _claimd_v1_ListedRecord__Output>
      Namespace: MessageTypeDefinition<_claimd_v1_Namespace, _claimd_v1_Namespace__Output>
      NamespaceStats: MessageTypeDefinition<_claimd_v1_NamespaceStats, _claimd_v1_NamespaceStats__Output>
      Node: MessageTypeDefinition<_claimd_v1_Node, _claimd_v1_Node__Output>
      Outcome: EnumTypeDefinition
      PeerStats: MessageTypeDefinition<_claimd_v1_PeerStats, _claimd_v1_PeerStats__Output>
      PutNamespaceRequest: MessageTypeDefinition<_claimd_v1_PutNamespaceRequest, _claimd_v1_PutNamespaceRequest__Output>
      Quota: MessageTypeDefinition<_claimd_v1_Quota, _claimd_v1_Quota__Output>
      Record: MessageTypeDefinition<_claimd_v1_Record, _claimd_v1_Record__Output>
      Refusals: MessageTypeDefinition<_claimd_v1_Refusals, _claimd_v1_Refusals__Output>
      ResolveRequest: MessageTypeDefinition<_claimd_v1_ResolveRequest, _claimd_v1_ResolveRequest__Output>
      Result: MessageTypeDefinition<_claimd_v1_Result, _claimd_v1_Result__Output>
      SessionRequest: MessageTypeDefinition<_claimd_v1_SessionRequest, _claimd_v1_SessionRequest__Output>
      SessionResponse: MessageTypeDefinition<_claimd_v1_SessionResponse, _claimd_v1_SessionResponse__Output>
      SetPausedRequest: MessageTypeDefinition<_claimd_v1_SetPausedRequest, _claimd_v1_SetPausedRequest__Output>
      SettleAnswers: MessageTypeDefinition<_claimd_v1_SettleAnswers, _claimd_v1_SettleAnswers__Output>
      SettleResponse: MessageTypeDefinition<_claimd_v1_SettleResponse, _claimd_v1_SettleResponse__Output>
      StatsRequest: MessageTypeDefinition<_claimd_v1_StatsRequest, _claimd_v1_StatsRequest__Output>
      StatsResponse: MessageTypeDefinition<_claimd_v1_StatsResponse, _claimd_v1_StatsResponse__Output>
      StorageStats: MessageTypeDefinition<_claimd_v1_StorageStats, _claimd_v1_StorageStats__Output>
      Topology: MessageTypeDefinition<_claimd_v1_Topology, _claimd_v1_Topology__Output>
      TopologyRequest: MessageTypeDefinition<_claimd_v1_TopologyRequest, _claimd_v1_TopologyRequest__Output>
      Verb: EnumTypeDefinition
    }
  }
}

