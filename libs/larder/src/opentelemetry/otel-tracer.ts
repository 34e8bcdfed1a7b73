import {
  type Tracer as ApiTracer,
  type Attributes,
  type Context,
  context,
  isSpanContextValid,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { type LoadTrace, recordedIn, type SpanOptions, type Tracer } from '../base/signals/tracer.js';

/** How many links a load collects before it runs; the SDK has a limit of its own, by default 128. */
const MAX_LINKS = 128;

const KINDS = { internal: SpanKind.INTERNAL, producer: SpanKind.PRODUCER, consumer: SpanKind.CONSUMER };

/** Traces with a tracer of OpenTelemetry. */
export class OtelTracer implements Tracer {
  readonly #tracer: ApiTracer;

  constructor(tracer: ApiTracer) {
    this.#tracer = tracer;
  }

  get traceparent(): string | undefined {
    const running = runningSpan();
    return running !== undefined && isRecorded(running) ? toTraceparent(running) : undefined;
  }

  span<T>({ name, kind, attributes, parent, links = [] }: SpanOptions, work: () => T): T {
    const options = { kind: KINDS[kind], attributes, links: links.flatMap(linkTo) };
    return this.#tracer.startActiveSpan(name, options, parentContext(parent), (span) => runIn(span, work));
  }

  load(method: string | undefined, isBackground: boolean): LoadTrace {
    return new OtelLoadTrace(this.#tracer, method, isBackground);
  }
}

class OtelLoadTrace implements LoadTrace {
  readonly #tracer: ApiTracer;
  readonly #method: string | undefined;
  readonly #isBackground: boolean;
  /** Where the value was found to be missing: the load may begin in the context of another caller. */
  readonly #origin: Context = context.active();
  readonly #joined: Link[] = [];
  #span: Span | undefined;

  constructor(tracer: ApiTracer, method: string | undefined, isBackground: boolean) {
    this.#tracer = tracer;
    this.#method = method;
    this.#isBackground = isBackground;
  }

  join(): void {
    const follower = runningSpan();
    if (follower === undefined) return;
    const link: Link = { context: follower, attributes: { 'larder.link': 'follower' } };
    if (this.#span === undefined) {
      if (this.#joined.length < MAX_LINKS) this.#joined.push(link);
    } else if (this.#span.isRecording()) this.#span.addLink(link);
  }

  run<T>(values: number, loader: () => T): T {
    const attributes: Attributes = {
      'larder.method': this.#method ?? 'direct',
      'larder.values': values,
      'larder.background': this.#isBackground,
    };
    const options = { kind: SpanKind.INTERNAL, attributes, links: [...this.#causes(), ...this.#joined] };
    const parent = this.#isBackground ? trace.deleteSpan(this.#origin) : this.#origin;
    const name = this.#method === undefined ? 'load' : `load ${this.#method}`;
    return this.#tracer.startActiveSpan(name, options, parent, (span) => {
      this.#span = span;
      return runIn(span, loader);
    });
  }

  #causes(): Link[] {
    const cause = this.#isBackground ? trace.getSpanContext(this.#origin) : undefined;
    return cause === undefined ? [] : [{ context: cause, attributes: { 'larder.link': 'cause' } }];
  }
}

/** The span that runs now. */
function runningSpan(): SpanContext | undefined {
  const running = trace.getSpanContext(context.active());
  return running !== undefined && isSpanContextValid(running) ? running : undefined;
}

function isRecorded({ traceFlags }: SpanContext): boolean {
  return (traceFlags & TraceFlags.SAMPLED) !== 0;
}

/** As W3C writes it: www.w3.org/TR/trace-context. */
export function toTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

function linkTo(traceparent: string): Link[] {
  const remote = remoteSpan(traceparent);
  return remote === undefined ? [] : [{ context: remote }];
}

function remoteSpan(traceparent: string): SpanContext | undefined {
  const ids = recordedIn(traceparent);
  return ids && { ...ids, traceFlags: TraceFlags.SAMPLED, isRemote: true };
}

/** @param traceparent of another process; default: of the span that runs now */
function parentContext(traceparent: string | undefined): Context {
  const remote = traceparent === undefined ? undefined : remoteSpan(traceparent);
  return remote === undefined ? context.active() : trace.setSpanContext(ROOT_CONTEXT, remote);
}

/** Runs work and ends its span when it has ended. */
function runIn<T>(span: Span, work: () => T): T {
  try {
    const result = work();
    if (result instanceof Promise) {
      result.then(
        () => span.end(),
        (error) => fail(span, error),
      );
    } else span.end();
    return result;
  } catch (error) {
    fail(span, error);
    throw error;
  }
}

function fail(span: Span, error: unknown): void {
  const exception = error instanceof Error ? error : String(error);
  span.recordException(exception);
  span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) });
  span.end();
}
