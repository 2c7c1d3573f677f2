import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { LOADER_OPTIONS, loadClaimd, loadPeers, PROTO_DIRECTORY, PROTO_PATH } from "./index.ts";

describe("loadClaimd", () => {
  it("gives both services with their methods, and the same object every time", () => {
    const claimd = loadClaimd();
    expect(loadClaimd()).toBe(claimd);
    expect(claimd.Claims.service.Session).toMatchObject({
      path: "/claimd.v1.Claims/Session",
      requestStream: true,
      responseStream: true,
    });
    expect(claimd.Admin.service.PutNamespace.path).toBe("/claimd.v1.Admin/PutNamespace");
  });

  it("gives messages in the form the generated types promise", () => {
    const { Claim } = loadClaimd().Claims.service;
    const answer = Claim.responseDeserialize(
      Claim.responseSerialize({ fencingToken: 2 ** 53 - 1 }),
    );
    expect(answer).toMatchObject({
      status: "STATUS_UNSPECIFIED",
      fencingToken: 2 ** 53 - 1,
      holder: "",
      hold: false,
    });
  });
});

describe("loadPeers", () => {
  it("gives the nodes' own service, and the same object every time", () => {
    const peers = loadPeers();
    expect(loadPeers()).toBe(peers);
    expect(peers.Peers.service.Connect).toMatchObject({
      path: "/claimd.peer.v1.Peers/Connect",
      requestStream: true,
      responseStream: true,
    });
  });

  it("gives frames in the form the generated types promise", () => {
    const { Connect } = loadPeers().Peers.service;
    const frame = Connect.requestDeserialize(
      Connect.requestSerialize({ messages: [{ type: "ACK", keys: Buffer.from("k") }] }),
    );
    expect(frame.handshake).toBeNull();
    expect(frame.messages[0]).toMatchObject({ type: "ACK", checksum: 0, keys: Buffer.from("k") });
    expect(frame.messages[0]?.records).toHaveLength(0);
  });
});

describe("PROTO_PATH", () => {
  it("is the contract, beside this package's sources", () => {
    expect(PROTO_PATH.startsWith(PROTO_DIRECTORY)).toBe(true);
    expect(readFileSync(PROTO_PATH, "utf8")).toContain("package claimd.v1;");
  });
});

describe("the package", () => {
  it("ships the contract, the vectors and the build", () => {
    const manifest = JSON.parse(
      readFileSync(new URL("./package.json", import.meta.url), "utf8"),
    ) as { files: string[]; exports: Record<string, unknown> };
    expect(manifest.files).toEqual([
      "dist",
      "!dist/*.tsbuildinfo",
      "claimd",
      "partition-vectors.json",
    ]);
    const files = ["claimd/v1/claimd.proto", "claimd/peer/v1/peer.proto", "partition-vectors.json"];
    for (const name of files) {
      expect(existsSync(new URL(`./${name}`, import.meta.url))).toBe(true);
    }
    expect(manifest.exports).toHaveProperty(["./partition-vectors.json"]);
  });
});

describe("LOADER_OPTIONS", () => {
  it("says what npm run generate says", () => {
    const { scripts } = JSON.parse(
      readFileSync(new URL("../package.json", import.meta.url), "utf8"),
    ) as { scripts: { generate: string } };
    for (const flag of ["--longs=Number", "--enums=String", "--defaults", "--oneofs"]) {
      expect(scripts.generate).toContain(flag);
    }
    expect(scripts.generate).not.toContain("--keepCase");
    expect(LOADER_OPTIONS).toEqual({
      keepCase: false,
      longs: Number,
      enums: String,
      defaults: true,
      oneofs: true,
    });
  });
});
