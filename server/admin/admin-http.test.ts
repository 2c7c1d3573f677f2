import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createLog } from "../log.ts";
import { AdminHttp } from "./admin-http.ts";

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly type: string;
}

describe("AdminHttp", () => {
  let ready = true;
  let drains = 0;
  let text = () => Promise.resolve("claimd_x 1\n");
  const admin = () =>
    new AdminHttp({
      metrics: { contentType: "text/plain; version=0.0.4; charset=utf-8", text: () => text() },
      log: createLog({ level: "silent" }),
    });
  let open: AdminHttp;
  let port: number;
  const start = async () => {
    open = admin();
    port = await open.listen("127.0.0.1", 0);
  };
  const serve = () => {
    open.serves({
      ready: () => ready,
      drain: () => {
        drains += 1;
      },
    });
  };
  afterEach(async () => {
    ready = true;
    drains = 0;
    text = () => Promise.resolve("claimd_x 1\n");
    await open.close();
  });
  const ask = (path: string, method = "GET", headers = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const asked = httpRequest({ port, host: "127.0.0.1", path, method, headers }, (response) => {
        let body = "";
        response.on("data", (chunk: Buffer) => (body += chunk.toString()));
        response.on("end", () => {
          const type = String(response.headers["content-type"]);
          resolve({ status: response.statusCode ?? 0, text: body, type });
        });
      });
      asked.on("error", reject);
      asked.end();
    });

  it("lives before it serves, and is neither ready nor to be drained", async () => {
    await start();
    expect(await ask("/livez")).toMatchObject({ status: 200 });
    expect(await ask("/metrics")).toMatchObject({ status: 200 });
    expect(await ask("/readyz")).toMatchObject({ status: 503 });
    expect(await ask("/drain", "POST")).toMatchObject({ status: 503 });
    serve();
    expect(await ask("/readyz")).toMatchObject({ status: 200 });
  });

  it("gives metrics, liveness and readiness", async () => {
    await start();
    serve();
    expect(await ask("/metrics")).toEqual({
      status: 200,
      text: "claimd_x 1\n",
      type: "text/plain; version=0.0.4; charset=utf-8",
    });
    expect(await ask("/livez?verbose")).toMatchObject({ status: 200, text: "ok\n" });
    expect(await ask("/readyz", "HEAD")).toMatchObject({ status: 200 });
    ready = false;
    expect(await ask("/readyz")).toMatchObject({ status: 503 });
    expect(await ask("/livez")).toMatchObject({ status: 200 });
  });

  it("drains when this machine asks for it, by POST alone", async () => {
    await start();
    serve();
    expect(await ask("/drain")).toMatchObject({ status: 405 });
    expect(drains).toBe(0);
    const byPage = await ask("/drain", "POST", { origin: "http://example.org" });
    expect(byPage.status).toBe(403);
    expect(drains).toBe(0);
    expect(await ask("/drain", "POST")).toMatchObject({ status: 202 });
    expect(drains).toBe(1);
  });

  it.each([
    ["/", "GET", 404],
    ["/metrics/", "GET", 404],
    ["/__proto__", "GET", 404],
    ["/constructor", "POST", 404],
    ["/metrics", "DELETE", 405],
    ["/livez", "POST", 405],
  ])("knows nothing else: %s by %s is %i", async (path, method, status) => {
    await start();
    expect(await ask(path, method)).toMatchObject({ status });
  });

  it("refuses headers without end", async () => {
    await start();
    expect(await ask("/livez", "GET", { "x-long": "a".repeat(20_000) })).toMatchObject({
      status: 431,
    });
  });

  it("says that it failed instead of saying nothing", async () => {
    await start();
    text = () => Promise.reject(new Error("broken"));
    expect(await ask("/metrics")).toMatchObject({ status: 500 });
  });

  it("closes at once, whoever is connected", async () => {
    await start();
    const socket = connect(port, "127.0.0.1");
    await new Promise((resolve) => socket.once("connect", resolve));
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.resume();
    await Promise.all([open.close(), open.close(), closed]);
  });
});
