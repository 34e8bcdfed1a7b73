import { z } from 'zod';
import { id } from '../../platform/http/requests/id.js';

const MOST_IDS = 200;

/** What asks for many things at once. */
export const batchRequest = z
  .strictObject({
    ids: z
      .array(id)
      .min(1)
      .max(MOST_IDS)
      .meta({ description: `Up to ${MOST_IDS}; one that stands twice is answered once.`, example: ['3', '1', '2'] }),
  })
  .meta({ id: 'BatchRequest' });
export type BatchRequest = z.infer<typeof batchRequest>;

/** What was found of many things, in the order in which they were asked for, and the ids of the rest. */
export interface Batch<Item> {
  items: Item[];
  missing: string[];
}

export function batchSchemaOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item).meta({ description: 'What was found, in the order of the ids.' }),
    missing: z.array(id).meta({ description: 'The ids of which there is none.' }),
  });
}

/** @param find answers many ids in their order, `undefined` for what there is not */
export async function batchOf<Item>(
  { ids }: BatchRequest,
  find: (ids: readonly string[]) => Promise<readonly (Item | undefined)[]>,
): Promise<Batch<Item>> {
  const asked = [...new Set(ids)];
  const found = await find(asked);
  return {
    items: found.filter((item) => item !== undefined),
    missing: asked.filter((_, index) => found[index] === undefined),
  };
}
