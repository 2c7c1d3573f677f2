/** The main path once more from another language: Debian's Python with the same proto file. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { PROTO_DIRECTORY } from "@claimd/proto";
import { afterAll, expect, it } from "vitest";
import { describeWith, NEEDS, PYTHON } from "./support/services.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";
import { endNodes, TestNode } from "./support/test-node.ts";

const run = promisify(execFile);
const PROGRAM = fileURLToPath(new URL("support/main_path.py", import.meta.url));
afterAll(endNodes);

describeWith("a client in Python", [NEEDS.pythonGrpc], () => {
  it("claims, completes, is told of duplicates, and speaks Batch and Session", async () => {
    const node = await TestNode.start();
    const generated = temporaryDirectory("claimd-python");
    await run(PYTHON, [
      ...["-m", "grpc_tools.protoc", `-I${PROTO_DIRECTORY}`],
      ...[`--python_out=${generated}`, `--grpc_python_out=${generated}`],
      "claimd/v1/claimd.proto",
    ]);
    const { stdout } = await run(PYTHON, [PROGRAM, generated, node.server.grpc], {
      timeout: 60_000,
    });
    expect(stdout).toContain("the main path works");
  });
});
