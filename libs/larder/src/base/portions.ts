/** Items dealt with in one turn of the event loop: a few milliseconds of work. */
export const PORTION = 1000;

/** Lets the event loop go round once: timers run, and sockets are read. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Calls `work` with one portion after the other, the event loop going round in between; without a pause for one portion. */
export async function inPortions<Item>(
  items: readonly Item[],
  work: (portion: readonly Item[], start: number) => void | Promise<void>,
  size = PORTION,
): Promise<void> {
  for (let start = 0; start < items.length; start += size) {
    if (start > 0) await nextTurn();
    const pending = work(items.length <= size ? items : items.slice(start, start + size), start);
    if (pending !== undefined) await pending;
  }
}

/** `items.map(of)` in portions; at once for one portion. */
export function mapInPortions<Item, Result>(
  items: readonly Item[],
  of: (item: Item) => Result,
): readonly Result[] | Promise<readonly Result[]> {
  return items.length <= PORTION ? items.map(of) : mapMany(items, of);
}

async function mapMany<Item, Result>(items: readonly Item[], of: (item: Item) => Result): Promise<readonly Result[]> {
  const results: Result[] = [];
  await inPortions(items, (portion) => {
    for (const item of portion) results.push(of(item));
  });
  return results;
}
