import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { LOADER_OPTIONS, loadClaimd, PROTO_DIRECTORY, PROTO_PATH } from "./index.ts";

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
    for (const name of ["claimd", "partition-vectors.json"]) {
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
