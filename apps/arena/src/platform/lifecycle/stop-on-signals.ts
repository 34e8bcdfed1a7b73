/** Then what is left is given up; a next start repairs it. */
const STOP_TIMEOUT = 30_000;
/** `npm start` passes on a signal that the terminal has sent to its children as well: one key press, two signals. */
const SAME_KEY_PRESS = 1_000;

/**
 * Stops the process cleanly when it is asked to, with exit code 0, or when nobody caught an error, with 1. Who asks a second
 * time does not want to wait: the process ends at once.
 *
 * @param stop closes everything
 * @returns aborted as soon as the process was asked to stop
 */
export function stopOnSignals(stop: () => Promise<void>): AbortSignal {
  const asked = new AbortController();
  let askedAt = 0;

  const end = async (exitCode: number) => {
    askedAt = Date.now();
    asked.abort();
    setTimeout(() => process.exit(1), STOP_TIMEOUT).unref();
    await stop().catch((error) => {
      console.error(error);
      process.exit(1);
    });
    process.exit(exitCode);
  };

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!asked.signal.aborted) void end(0);
      else if (Date.now() - askedAt > SAME_KEY_PRESS) process.exit(1);
    });
  }
  process.on('uncaughtException', (error) => {
    console.error(error);
    if (!asked.signal.aborted) void end(1);
  });
  return asked.signal;
}
