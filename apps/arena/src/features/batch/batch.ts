import { z } from 'zod';
import { id } from '../../platform/http/requests/id.js';

const MAX_IDS = 200;
/** Longest list of missing ids in the header, in characters: proxies refuse longer headers. */
const MAX_HEADER_LENGTH = 4000;

const ids = z
  .array(z.string())
  .min(1)
  .max(MAX_IDS)
  .meta({
    description: `Up to ${MAX_IDS}; a repeated id is returned once, and text that is no id is listed as missing.`,
    example: ['3', '1', '2'],
  });

/** Request body that names many users. */
export const userBatch = z.strictObject({ user_ids: ids }).meta({ id: 'UserBatch' });
export type UserBatch = z.infer<typeof userBatch>;

/** Request body that names many items. */
export const productBatch = z.strictObject({ product_ids: ids }).meta({ id: 'ProductBatch' });
export type ProductBatch = z.infer<typeof productBatch>;

/** Response header with the ids that were not found: percent-encoded, comma-separated. */
export const MISSING = 'X-Missing';

/** The items found, in the order requested, and the ids that were not found. */
export interface Batch<Item> {
  readonly found: Item[];
  readonly missing: readonly string[];
}

/** @param find returns a value for each id, in order; `undefined` for an id that does not exist */
export async function batchOf<Item>(
  asked: readonly string[],
  find: (ids: readonly string[]) => Promise<readonly (Item | undefined)[]>,
): Promise<Batch<Item>> {
  const distinct = [...new Set(asked)];
  const possible = distinct.filter((one) => id.safeParse(one).success);
  const answers = possible.length === 0 ? [] : await find(possible);
  const found = new Map(possible.map((one, index) => [one, answers[index]]));
  return {
    found: answers.filter((item) => item !== undefined),
    missing: distinct.filter((one) => found.get(one) === undefined),
  };
}

/** The missing ids as a header value, cut at {@link MAX_HEADER_LENGTH}. */
export function missingHeader(missing: readonly string[]): string {
  let value = '';
  for (const one of missing) {
    const next = value === '' ? encoded(one) : `${value},${encoded(one)}`;
    if (next.length > MAX_HEADER_LENGTH) break;
    value = next;
  }
  return value;
}

/** `encodeURIComponent` throws for a lone surrogate. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
