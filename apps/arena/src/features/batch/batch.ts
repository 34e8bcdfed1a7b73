import { z } from 'zod';
import { id } from '../../platform/http/requests/id.js';

const MAX_IDS = 200;
/** Ids that were not found are listed in a header, up to this length: proxies refuse longer ones. */
const MAX_HEADER_LENGTH = 4000;

const ids = z
  .array(z.string())
  .min(1)
  .max(MAX_IDS)
  .meta({
    description: `Up to ${MAX_IDS}; one that stands twice is answered once, and any other text is not found.`,
    example: ['3', '1', '2'],
  });

/** What asks for many users at once. */
export const userBatch = z.strictObject({ user_ids: ids }).meta({ id: 'UserBatch' });
export type UserBatch = z.infer<typeof userBatch>;

/** What asks for many things of the marketplace at once. */
export const productBatch = z.strictObject({ product_ids: ids }).meta({ id: 'ProductBatch' });
export type ProductBatch = z.infer<typeof productBatch>;

/** The header that lists the ids of which there is none, percent-encoded, with commas between them. */
export const MISSING = 'X-Missing';

/** What was found of many things, in the order in which they were asked for, and the ids of the rest. */
export interface Batch<Item> {
  readonly found: Item[];
  readonly missing: readonly string[];
}

/** @param find answers many ids in their order, `undefined` for what there is not */
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

/** As many as a header may hold. */
export function missingHeader(missing: readonly string[]): string {
  let value = '';
  for (const one of missing) {
    const next = value === '' ? encoded(one) : `${value},${encoded(one)}`;
    if (next.length > MAX_HEADER_LENGTH) break;
    value = next;
  }
  return value;
}

/** A lone surrogate has no encoding. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
