// Original file: proto/claimd/v1/claimd.proto


export interface DeleteNamespaceResponse {
}

export interface DeleteNamespaceResponse__Output {
}
