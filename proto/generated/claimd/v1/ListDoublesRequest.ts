// Original file: proto/claimd/v1/claimd.proto


export interface ListDoublesRequest {
}

export interface ListDoublesRequest__Output {
}
