// Original file: proto/claimd/v1/claimd.proto


export interface AcceptClockRequest {
}

export interface AcceptClockRequest__Output {
}
