/**
 * Where metrics and traces of the application plug in. Every hook is optional and called at once on
 * the path of the call: it must be quick and must not throw.
 *
 * OpenTelemetry is passed in (`openTelemetry: api` with `import * as api from
 * "@opentelemetry/api"`) and typed by its shape, so that the client needs nothing installed.
 */

export interface CallEvent {
  readonly verb: "CLAIM" | "COMPLETE" | "FAIL" | "EXTEND" | "GET" | "FORGET";
  readonly namespace: string;
  /** The status of the answer (`GRANTED`, `APPLIED`, …), or the code of the error. */
  readonly status: string;
  /** From the call to its end, retries included. */
  readonly durationMs: number;
}

export interface Hooks {
  /** A command has ended. */
  readonly onCall?: (event: CallEvent) => void;
  /** A stream was lost; what was under way is sent again. */
  readonly onDisconnect?: (event: { readonly error: Error }) => void;
  /** `run` applied an effect without a claim (`onUnavailable: "run-anyway"`). */
  readonly onFailOpen?: (event: { readonly namespace: string; readonly error: Error }) => void;
  /** A lease ended while its claim was not settled. */
  readonly onLeaseLost?: (event: {
    readonly namespace: string;
    readonly attempt: number;
    readonly fencingToken: number;
  }) => void;
  /** A claim was disposed of, or its handler failed, and the settlement did not get through. */
  readonly onUnsettled?: (event: { readonly namespace: string; readonly error: unknown }) => void;
}

/** What is used of a span. */
interface SpanContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
}

interface Span {
  spanContext(): SpanContext;
  setAttribute(name: string, value: string | number | boolean): unknown;
  recordException(error: Error): void;
  setStatus(status: { code: number; message?: string }): unknown;
  end(): void;
}

/** The part of `@opentelemetry/api` that is used. */
export interface OpenTelemetry {
  readonly trace: {
    getActiveSpan(): Span | undefined;
    getTracer(name: string): {
      startActiveSpan<T>(name: string, run: (span: Span) => T): T;
    };
  };
}

const TRACER = "@claimd/client";
const SPAN_ERROR = 2;
const NO_TRACE = /^0+$/;

/** W3C trace context of the span that is active now, if one is. */
export function activeTraceparent(openTelemetry: OpenTelemetry | undefined): string | undefined {
  const context = openTelemetry?.trace.getActiveSpan()?.spanContext();
  if (context === undefined || NO_TRACE.test(context.traceId)) return undefined;
  const flags = (context.traceFlags & 0xff).toString(16).padStart(2, "0");
  return `00-${context.traceId}-${context.spanId}-${flags}`;
}

/** Runs `work` in a span of its own when tracing is there, else just runs it. */
export async function inSpan<T>(
  openTelemetry: OpenTelemetry | undefined,
  name: string,
  attributes: Readonly<Record<string, string | number | boolean>>,
  work: () => Promise<T>,
): Promise<T> {
  if (openTelemetry === undefined) return work();
  return openTelemetry.trace.getTracer(TRACER).startActiveSpan(name, async (span) => {
    for (const [attribute, value] of Object.entries(attributes)) {
      span.setAttribute(attribute, value);
    }
    try {
      return await work();
    } catch (error) {
      span.recordException(error instanceof Error ? error : new Error(String(error)));
      span.setStatus({ code: SPAN_ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}
