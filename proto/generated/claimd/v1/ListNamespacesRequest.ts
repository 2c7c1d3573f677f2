// Original file: proto/claimd/v1/claimd.proto


export interface ListNamespacesRequest {
}

export interface ListNamespacesRequest__Output {
}
