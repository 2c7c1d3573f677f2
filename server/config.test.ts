import { describe, expect, it } from "vitest";
import { readConfig, SETTINGS } from "./config.ts";

function configOf(environment: Record<string, string>, file?: unknown) {
  return readConfig({ flags: {}, environment, file });
}

describe("readConfig", () => {
  it("takes numbers from text and from JSON", () => {
    expect(configOf({ CLAIMD_GRPC_PORT: "0", CLAIMD_MIN_FREE_PERCENT: "2.5" })).toMatchObject({
      grpcPort: 0,
      minFreePercent: 2.5,
    });
    expect(configOf({}, { adminPort: 9000 }).adminPort).toBe(9000);
    expect(configOf({}).minFreeBytes).toBe(SETTINGS.minFreeBytes.default);
  });

  it("refuses a number that is empty or none, instead of taking it for 0", () => {
    const environment = {
      CLAIMD_GRPC_PORT: "",
      CLAIMD_MIN_FREE_BYTES: " ",
      CLAIMD_ADMIN_PORT: "x",
    };
    expect(() => configOf(environment)).toThrow(/grpcPort[^]*adminPort[^]*minFreeBytes/);
    expect(() => configOf({}, { grpcPort: true })).toThrow("grpcPort");
  });

  it("takes certificate and key together only, and TLS for no access control", () => {
    const both = { CLAIMD_TLS_CERT: "a.pem", CLAIMD_TLS_KEY: "a.key" };
    expect(configOf(both)).toMatchObject({ tlsCert: "a.pem", tlsKey: "a.key" });
    expect(() => configOf({ CLAIMD_TLS_CERT: "a.pem" })).toThrow("CLAIMD_TLS_KEY): is missing");
    expect(() => configOf({ CLAIMD_TLS_KEY: "a.key" })).toThrow("CLAIMD_TLS_CERT): is missing");
    expect(() => configOf({ ...both, CLAIMD_HOST: "0.0.0.0" })).toThrow("--insecure");
  });
});
