/** Runs `work` for each item in order, `concurrency` at a time. Stops early once `isOver` returns true. */
export async function inParallel<Item>(
  items: Iterable<Item>,
  concurrency: number,
  work: (item: Item) => Promise<void>,
  isOver: () => boolean,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  const workOn = async () => {
    while (!isOver()) {
      const next = queue.next();
      if (next.done) return;
      await work(next.value);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, workOn));
}
