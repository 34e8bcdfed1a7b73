/** What a span says of its work. */
export interface SpanOptions {
  /** A verb and what it applies to. Few different names: no keys. */
  readonly name: string;
  /** `producer`: other work goes on with its trace. `consumer`: it goes on with the trace of another process. */
  readonly kind: 'internal' | 'producer' | 'consumer';
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** The W3C traceparent of the span that caused the work. Default: the span that runs now. */
  readonly parent?: string | undefined;
  /** The W3C traceparents of further causes. */
  readonly links?: readonly string[];
}

/** Traces what a cache does. A cache without a tracer compares it with `undefined` where it would trace: hits do not. */
export interface Tracer {
  /** The W3C traceparent of the span that runs now, if its trace is recorded. */
  readonly traceparent: string | undefined;

  /** Runs work inside of a span that ends when the work has returned, or its promise has settled. */
  span<T>(options: SpanOptions, work: () => T): T;

  /**
   * Called when a value is missing, before the load is known to be needed.
   *
   * @param method the method in the statistics
   * @param isBackground whether no caller waits for the value: its span begins a trace that links to the current one
   */
  load(method: string | undefined, isBackground: boolean): LoadTrace;
}

/** The trace of the load of a value. */
export interface LoadTrace {
  /** Called by another caller of this process that waits for the same value. */
  join(): void;

  /**
   * Runs the loader inside of a span, once.
   *
   * @param values how many values it loads
   */
  run<T>(values: number, loader: () => T): T;
}

/** The tracer of a cache, if it has one. */
export class Tracing {
  tracer: Tracer | undefined = undefined;
}

/** Version, trace, span and flags, of which the lowest bit says that the trace is recorded: www.w3.org/TR/trace-context. */
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The ids in the traceparent of a recorded trace; `undefined` for another trace or text. */
export function recordedIn(traceparent: string): { readonly traceId: string; readonly spanId: string } | undefined {
  const [, traceId = '', spanId = '', flags = ''] = TRACEPARENT.exec(traceparent) ?? [];
  const isRecorded = (Number.parseInt(flags, 16) & 1) === 1;
  return isRecorded && /[1-9a-f]/.test(traceId) && /[1-9a-f]/.test(spanId) ? { traceId, spanId } : undefined;
}
