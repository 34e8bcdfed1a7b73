import { setTimeout as delay } from 'node:timers/promises';

/** Polls until a condition holds. */
export async function until(isTrue: () => boolean | Promise<boolean>, patience = 30_000): Promise<void> {
  const deadline = performance.now() + patience;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(`Timeout: this condition never held: ${isTrue}`);
    await delay(10);
  }
}
