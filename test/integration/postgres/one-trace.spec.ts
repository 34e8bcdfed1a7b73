import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { installTriggers, onTable } from 'nest-larder/change-feed';
import { REPOSITORY } from '../../support/program.js';
import { LiveSocket } from '../../support/realtime/live-socket.js';
import { PostgresServer } from '../../support/servers/postgres-server.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import type { SpanRecord } from '../../support/tracing/span-record.js';
import { TracedProcess } from '../../support/tracing/traced-process.js';
import { waterfall } from '../../support/tracing/waterfall.js';
import { until } from '../../support/until.js';

// The columns are those of the nodes' rule.
const rule = onTable('venues', { columns: ['id'], invalidate: () => [], covers: [['venues']] });

let server: PostgresServer;
let redis: RedisServer;
const nodes: TracedProcess[] = [];
let live: LiveSocket | undefined;

beforeAll(async () => {
  [server, redis] = await Promise.all([PostgresServer.start(), RedisServer.start()]);
}, 60_000);
afterAll(async () => {
  live?.close();
  for (const node of nodes) await node.kill();
  await Promise.all([server.stop(), redis.stop()]);
});

/** The spans of one trace on all nodes, once there are no new ones for the last span. */
async function spansOf(traceId: string): Promise<SpanRecord[]> {
  const spans = await Promise.all(nodes.map((node) => node.spans()));
  return spans.flat().filter((span) => span.traceId === traceId);
}

/** The names of the ancestors of a span, and where they ran, beginning with the span. */
function lineOf(spans: readonly SpanRecord[], span: SpanRecord | undefined): string[] {
  if (span === undefined) return [];
  const parent = spans.find(({ spanId }) => spanId === span.parentId);
  return [`${span.node}: ${span.name}`, ...lineOf(spans, parent)];
}

it('one trace leads from a changed row through feed, journal, reload and push to a socket of another node', async () => {
  const { url } = await server.newDatabase();
  await server.query(
    'create table venues (id int primary key, name text); insert into venues values (7, $$Old$$)',
    url,
  );
  await installTriggers(url, [rule]);
  const options = { database: url, redis: redis.url, keyPrefix: randomUUID() };
  // The first one reads the change log for both.
  for (const node of ['A', 'B']) nodes.push(await TracedProcess.start({ ...options, node }));
  const [writer, reader] = nodes as [TracedProcess, TracedProcess];
  live = await LiveSocket.connect(reader.url);
  const answer = await live.subscribe({ id: '1', query: 'Venues.one', args: ['7'], mode: 'value' });
  expect(answer).toEqual({ ok: true, value: { id: 7, name: 'Old' } });

  await writer.rename(7, 'New');
  const told = (await live.untilTold('value')) as { value?: unknown; traceparent?: string };
  expect(told.value).toEqual({ id: 7, name: 'New' });
  const [, traceId = '', pushId] = told.traceparent?.split('-') ?? [];
  await until(async () => (await spansOf(traceId)).some(({ spanId }) => spanId === pushId));

  const spans = await spansOf(traceId);
  const named = (name: string) => spans.filter((span) => span.name === name);
  const [load] = named('load Venues.one');
  expect(lineOf(spans, load)).toEqual([
    'B: load Venues.one',
    'B: push Venues.one',
    'B: apply invalidation',
    'A: invalidate',
    'A: deliver changes',
    'A: PATCH /venues/:id',
  ]);
  expect(named('push Venues.one')[0]?.spanId).toBe(pushId);
  expect(named('push Venues.one')[0]?.events).toContain('larder.refused');
  const query = spans.find(({ name, parentId }) => name.startsWith('pg.query:SELECT') && parentId === load?.spanId);
  expect(query?.node).toBe('B');
  const scripts = spans.filter(({ scope, parentId }) => {
    return scope.endsWith('-ioredis') && parentId === named('invalidate')[0]?.spanId;
  });
  expect(scripts.map(({ node, name }) => [node, name.toUpperCase()])).toEqual([['A', 'EVALSHA']]);
  // `npm run picture` writes the picture in docs/tracing.md.
  if (process.env.LARDER_TEST_WRITE_PICTURE) {
    await writeFile(join(REPOSITORY, 'docs/images/one-trace.svg'), waterfall(spans));
  }
}, 60_000);
