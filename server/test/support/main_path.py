"""The main path from another language, with the types that protoc makes of the same proto file.

Usage: main_path.py GENERATED ADDRESS   (GENERATED: where protoc's output lies)
"""
import os
import sys

sys.path.insert(0, sys.argv[1])

import grpc  # noqa: E402
from claimd.v1 import claimd_pb2 as messages  # noqa: E402
from claimd.v1 import claimd_pb2_grpc as services  # noqa: E402

GRANTED = messages.ClaimResponse.GRANTED
COMPLETED = messages.ClaimResponse.COMPLETED
IN_PROGRESS = messages.ClaimResponse.IN_PROGRESS
APPLIED = messages.SettleResponse.APPLIED


def main():
    channel = grpc.insecure_channel(sys.argv[2])
    claims = services.ClaimsStub(channel)
    admin = services.AdminStub(channel)
    made = admin.PutNamespace(
        messages.PutNamespaceRequest(namespace=messages.Namespace(name="python", lease_ms=60000))
    )
    assert made.revision > 0 and made.window_ms == 86400000, made

    on = {"namespace": "python", "key": b"order-1"}
    own, other = os.urandom(16), os.urandom(16)
    grant = claims.Claim(messages.ClaimRequest(claim_id=own, holder="py", **on))
    assert grant.status == GRANTED and grant.attempt == 1 and grant.fencing_token > 0, grant
    again = claims.Claim(messages.ClaimRequest(claim_id=own, **on))
    assert again.status == GRANTED and again.fencing_token == grant.fencing_token, again
    rival = claims.Claim(messages.ClaimRequest(claim_id=other, **on))
    assert rival.status == IN_PROGRESS and rival.holder == "py", rival
    assert rival.retry_after_ms > 0, rival
    extended = claims.Extend(messages.ExtendRequest(claim_id=own, **on))
    assert extended.status == APPLIED, extended
    result = messages.Result(data=b"\x00\xff", content_type="a/b", metadata={"k": "v"})
    done = claims.Complete(messages.CompleteRequest(claim_id=own, result=result, **on))
    assert done.status == APPLIED and not done.late, done
    duplicate = claims.Claim(messages.ClaimRequest(claim_id=other, **on))
    assert duplicate.status == COMPLETED, duplicate
    assert duplicate.result.data == b"\x00\xff" and duplicate.result.metadata["k"] == "v"
    found = claims.Get(messages.GetRequest(**on))
    assert found.found and found.record.state == messages.Record.COMPLETED, found
    gone = claims.Forget(messages.ForgetRequest(fencing_token=grant.fencing_token, **on))
    assert gone.existed, gone

    columns = messages.Commands(
        namespace="python",
        verb=messages.CLAIM,
        keys=b"aabbcc",
        key_bytes=[2, 2, 2],
        claim_ids=os.urandom(48),
    )
    batch = claims.Batch(messages.BatchRequest(commands=[columns]))
    answered = [i for group in batch.answers.claims for i in group.index]
    assert sorted(answered) == [0, 1, 2], batch
    assert all(group.answer.status == GRANTED for group in batch.answers.claims), batch

    frames = [messages.SessionRequest(frame=n, commands=[columns]) for n in (1, 2)]
    seen = {1: [], 2: []}
    for response in claims.Session(iter(frames)):
        for group in response.answers.claims:
            seen[response.frame].extend(group.index)
    assert all(sorted(indexes) == [0, 1, 2] for indexes in seen.values()), seen

    try:
        claims.Claim(messages.ClaimRequest(namespace="python", key=b"", claim_id=own))
        raise AssertionError("an empty key was taken")
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, error
        trailers = dict(error.trailing_metadata())
        assert trailers["claimd-reason"] == "INVALID_ARGUMENT", trailers
    print("the main path works")


main()
