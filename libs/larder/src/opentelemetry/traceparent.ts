import { context, isSpanContextValid, trace } from '@opentelemetry/api';
import type { TransactionClient } from '../change-feed/mark-write.js';
import { toTraceparent } from './otel-tracer.js';

/**
 * The W3C traceparent of the span that runs now; `undefined` outside of one. For messages and transactions whose receiver goes
 * on with the trace.
 *
 * @example
 * ```ts
 * const traceparent = currentTraceparent();
 * if (traceparent !== undefined) await transaction.execute(sql`select set_config('larder.traceparent', ${traceparent}, true)`);
 * ```
 */
export function currentTraceparent(): string | undefined {
  const running = trace.getSpanContext(context.active());
  return running !== undefined && isSpanContextValid(running) ? toTraceparent(running) : undefined;
}

/**
 * Tells the change feed the trace of a transaction: the invalidations of its rows, and what follows from them on every node, become
 * part of the trace. Outside of a span it does nothing. Call it inside the transaction.
 *
 * @param client the client of the transaction, not a pool, which may use another connection
 * @returns whether a span runs
 * @throws what the client throws
 *
 * @example
 * ```ts
 * await client.query('begin');
 * await traceTransaction(client);
 * await client.query('update tournaments set name = $2 where id = $1', [id, name]);
 * await client.query('commit');
 * ```
 */
export async function traceTransaction(client: TransactionClient): Promise<boolean> {
  const traceparent = currentTraceparent();
  if (traceparent === undefined) return false;
  await client.query(`select set_config('larder.traceparent', $1, true)`, [traceparent]);
  return true;
}
