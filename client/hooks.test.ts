import { describe, expect, it } from "vitest";
import { context, propagation, trace } from "@opentelemetry/api";
import * as api from "@opentelemetry/api";
import { type CallEvent, createClient } from "./index.ts";
import { MapServer } from "./testing/map-server.ts";

describe("hooks", () => {
  it("hear of each command with its status, and of its end with a code", async () => {
    await using server = await new MapServer().start();
    const calls: CallEvent[] = [];
    const hooks = { onCall: (event: CallEvent) => calls.push(event) };
    await using client = createClient({ address: server.address, namespace: "a", hooks });
    await client.checkAndSet("k");
    await client.checkAndSet("k");
    await client.get("none");
    server.faults.refuse = () => ({ code: 14, reason: "PAUSED" });
    await client.get("k").catch(() => undefined);
    expect(calls.map(({ verb, status }) => `${verb} ${status}`)).toEqual([
      "CLAIM GRANTED",
      "CLAIM COMPLETED",
      "GET NOT_FOUND",
      "GET PAUSED",
    ]);
    expect(calls[0]?.durationMs).toBeGreaterThanOrEqual(0);
    expect(calls[0]?.namespace).toBe("a");
  });

  it("hear of lost streams", async () => {
    await using server = await new MapServer().start();
    const errors: Error[] = [];
    await using client = createClient({
      address: server.address,
      namespace: "a",
      hooks: { onDisconnect: ({ error }) => errors.push(error) },
    });
    await client.get("k");
    server.stop();
    await server.start();
    await client.get("k");
    expect(errors).toHaveLength(1);
  });
});

describe("openTelemetry", () => {
  it("is accepted as it is published, with nothing registered", async () => {
    expect([context, propagation, trace]).toHaveLength(3);
    await using server = await new MapServer().start();
    const options = { address: server.address, namespace: "a", openTelemetry: api };
    await using client = createClient(options);
    expect(await client.run("k", () => 1)).toMatchObject({ value: 1 });
    expect(server.groups[0]?.traceparents).toEqual([]);
  });

  it("gives run a span, and the claim its trace context", async () => {
    await using server = await new MapServer().start();
    const log: string[] = [];
    const span = {
      spanContext: () => ({
        traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
        spanId: "00f067aa0ba902b7",
        traceFlags: 1,
      }),
      setAttribute: (name: string, value: unknown) => log.push(`${name}=${String(value)}`),
      recordException: (error: Error) => void log.push(error.message),
      setStatus: ({ code }: { code: number }) => log.push(`status ${code}`),
      end: () => void log.push("end"),
    };
    const openTelemetry = {
      trace: {
        getActiveSpan: () => span,
        getTracer: () => ({
          startActiveSpan: <T>(name: string, run: (each: typeof span) => T): T => {
            log.push(name);
            return run(span);
          },
        }),
      },
    };
    const options = { address: server.address, namespace: "a", openTelemetry };
    await using client = createClient(options);
    const failing = client.run("k", () => Promise.reject(new Error("boom")));
    await expect(failing).rejects.toThrow("boom");
    expect(log).toEqual(["claimd run", "claimd.namespace=a", "boom", "status 2", "end"]);
    expect(server.groups[0]?.traceparents).toEqual([
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ]);
  });
});
