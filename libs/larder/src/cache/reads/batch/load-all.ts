import { LarderBatchError } from '../../../base/errors.js';
import type { Key } from '../../../keys/key.js';
import type { Entry } from '../../entries/entry.js';
import type { Policy } from '../../policy/policy.js';
import type { CacheContext } from '../../state/context.js';
import { type LoadContext, ReadRequest } from '../../state/read-request.js';
import { Batch, type LoadMany, type Missing } from './batch.js';

/** @throws LarderBatchError if the load does not return one value for each key */
export async function loadAll(
  keys: readonly Key[],
  load: LoadMany,
  context: LoadContext,
  { method }: Policy,
): Promise<readonly unknown[]> {
  const values: unknown = await load(keys, context);
  if (!Array.isArray(values)) throw new LarderBatchError(keys.length, `a ${typeof values}`, method);
  if (values.length !== keys.length) throw new LarderBatchError(keys.length, String(values.length), method);
  return values;
}

/** Tells the audit of a hit. */
export function auditHit(
  { audit }: CacheContext,
  { keys, load, policy }: Batch,
  index: number,
  path: string,
  entry: Entry,
): void {
  if (audit === undefined) return;
  const alone = async (context: LoadContext) => (await loadAll([keys[index] as Key], load, context, policy))[0];
  audit.served(new ReadRequest(path, alone, policy), entry);
}

export function reportFailed(
  context: CacheContext,
  failed: readonly Missing[],
  { method }: Policy,
  error: unknown,
): void {
  for (const { flight } of failed) context.report({ type: 'load-failed', id: flight.id, method, error });
}
