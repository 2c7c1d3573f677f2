// Original file: proto/claimd/v1/claimd.proto


export interface TopologyRequest {
}

export interface TopologyRequest__Output {
}
