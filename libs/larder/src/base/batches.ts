/** Items processed per turn of the event loop: a few milliseconds of work. */
export const BATCH_SIZE = 1000;

/** Resolves in the next turn of the event loop, after timers and sockets. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Calls `work` with one batch after the other, with a turn of the event loop in between; no pause for a single batch. */
export async function inBatches<Item>(
  items: readonly Item[],
  work: (batch: readonly Item[], start: number) => unknown,
  size = BATCH_SIZE,
): Promise<void> {
  for (let start = 0; start < items.length; start += size) {
    if (start > 0) await nextTurn();
    const pending = work(items.length <= size ? items : items.slice(start, start + size), start);
    if (pending !== undefined) await pending;
  }
}

/** `items.map(of)` in batches; synchronous for a single batch. */
export function mapInBatches<Item, Result>(
  items: readonly Item[],
  of: (item: Item) => Result,
): readonly Result[] | Promise<readonly Result[]> {
  return items.length <= BATCH_SIZE ? items.map(of) : mapMany(items, of);
}

async function mapMany<Item, Result>(items: readonly Item[], of: (item: Item) => Result): Promise<readonly Result[]> {
  const results: Result[] = [];
  await inBatches(items, (batch) => {
    for (const item of batch) results.push(of(item));
  });
  return results;
}
