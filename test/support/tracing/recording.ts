import { createRequire } from 'node:module';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import type { SpanRecord } from './span-record.js';

/** Records every span of this process. Call it before anything imports `pg` or `ioredis`. @returns the spans that have ended */
export function recordSpans(node: string): () => SpanRecord[] {
  const exporter = new InMemorySpanExporter();
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
  registerInstrumentations({
    instrumentations: [
      new PgInstrumentation({ requireParentSpan: true }),
      new IORedisInstrumentation({ requireParentSpan: true }),
    ],
  });
  // The instrumentations patch what is required; later imports get the same modules.
  const require = createRequire(import.meta.url);
  require('pg');
  require('ioredis');
  return () => exporter.getFinishedSpans().map((span) => toRecord(node, span));
}

function toRecord(node: string, span: ReadableSpan): SpanRecord {
  const { traceId, spanId } = span.spanContext();
  return {
    node,
    name: span.name,
    scope: span.instrumentationScope.name,
    traceId,
    spanId,
    parentId: span.parentSpanContext?.spanId,
    start: toMilliseconds(span.startTime),
    end: toMilliseconds(span.endTime),
    attributes: span.attributes,
    events: span.events.map(({ name }) => name),
    links: span.links.map(({ context }) => context.spanId),
  };
}

function toMilliseconds([seconds, nanoseconds]: readonly [number, number]): number {
  return seconds * 1000 + nanoseconds / 1e6;
}
