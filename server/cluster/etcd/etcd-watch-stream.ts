/**
 * One watch stream of etcd's, from its first message to its end, whatever ends it.
 *
 * It asks for progress all the time: a stream that is alive answers, and a connection that is dead
 * gives no other sign for minutes. Needs etcd 3.4, which is the first to answer.
 */
import type { TimeSource } from "../../clock.ts";
import type { WatchRequest, WatchResponse } from "./etcd-api.ts";
import type { OpenStream } from "./etcd-calls.ts";

/** compacted: etcd no longer has what was asked for. */
export type StreamEnd = "compacted" | "over";

export interface WatchStreamOptions {
  readonly opened: OpenStream<WatchRequest, WatchResponse>;
  readonly request: WatchRequest;
  readonly onResponse: (response: WatchResponse) => void;
  readonly time: TimeSource;
  /** Ends it. */
  readonly signal: AbortSignal;
}

const PROGRESS_EVERY_MS = 1000;
/** Two answers missed, and half a second for the third. */
const SILENT_MS = 3500;

/** Resolves when it has ended; nothing is told afterwards. */
export function followStream(options: WatchStreamOptions): Promise<StreamEnd> {
  const { opened, request, onResponse, time, signal } = options;
  const { stream, failed, refused } = opened;
  return new Promise((resolve) => {
    let isOver = false;
    let heardAtMs = time.monotonicMs();
    const end = (how: StreamEnd): void => {
      isOver = true;
      clearInterval(timer);
      signal.removeEventListener("abort", abort);
      stream.cancel();
      resolve(how);
    };
    const abort = (): void => end("over");
    const fail = (error: Error): void => {
      if (isOver) return;
      failed(error);
      end("over");
    };
    const timer = setInterval(() => {
      const silentMs = time.monotonicMs() - heardAtMs;
      if (silentMs > SILENT_MS) fail(new Error(`the watch was silent for ${silentMs} ms`));
      else stream.write({ progress_request: {} });
    }, PROGRESS_EVERY_MS);
    timer.unref();
    signal.addEventListener("abort", abort);

    stream.on("data", (response: WatchResponse) => {
      if (isOver) return;
      heardAtMs = time.monotonicMs();
      onResponse(response);
      if (!response.canceled) return;
      const isCompacted = Number(response.compact_revision) > 0;
      if (!isCompacted) refused(response.cancel_reason);
      end(isCompacted ? "compacted" : "over");
    });
    stream.on("error", fail);
    stream.on("end", () => fail(new Error("the watch was ended")));
    if (signal.aborted) end("over");
    else stream.write(request);
  });
}
