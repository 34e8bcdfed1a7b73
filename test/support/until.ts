import { setTimeout as delay } from 'node:timers/promises';

/** Waits until something has come true, as soon as it has. */
export async function until(isTrue: () => boolean | Promise<boolean>, patience = 30_000): Promise<void> {
  const deadline = performance.now() + patience;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(`This has not come true: ${isTrue}`);
    await delay(10);
  }
}
