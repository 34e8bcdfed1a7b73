import type { WarmReportsAnswer, WarmStep } from './warming.js';

export const LINES = 'application/x-ndjson';

/** Lines of JSON: progress as it comes, the latest of each turn, and at the end the reports, or an error. */
export async function* warmLines(
  warm: (onStep: (step: WarmStep) => void) => Promise<WarmReportsAnswer>,
): AsyncGenerator<string> {
  let latest: WarmStep | undefined;
  let isOver = false;
  let wake = () => {};
  const warmed = warm((step) => {
    latest = step;
    wake();
  }).then(
    (answer) => answer,
    (error: unknown) => ({ error: String(error) }),
  );
  void warmed.then(() => {
    isOver = true;
    wake();
  });
  while (!isOver || latest !== undefined) {
    if (latest === undefined) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      continue;
    }
    const step = latest;
    latest = undefined;
    yield `${JSON.stringify(step)}\n`;
  }
  yield `${JSON.stringify(await warmed)}\n`;
}
