// Original file: proto/claimd/v1/claimd.proto


export interface StatsRequest {
}

export interface StatsRequest__Output {
}
