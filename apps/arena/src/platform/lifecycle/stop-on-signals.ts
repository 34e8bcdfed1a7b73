/** How long stopping may take, in milliseconds; then the process exits, and the next start recovers. */
const STOP_TIMEOUT = 30_000;
/** One key press causes two signals: `npm start` forwards a signal that the terminal has sent to its children too. Milliseconds. */
const SAME_KEY_PRESS = 1_000;

/**
 * Stops the process cleanly after a signal (exit code 0) or an uncaught exception (exit code 1). A second signal ends the process
 * at once.
 *
 * @param stop closes everything
 * @returns a signal that is aborted when stopping begins
 */
export function stopOnSignals(stop: () => Promise<void>): AbortSignal {
  const asked = new AbortController();
  let endsAtOnce = false;

  const end = async (exitCode: number) => {
    asked.abort();
    // Set after pending signals are delivered: one that came with the first may have waited for a busy event loop.
    setTimeout(() => setImmediate(() => (endsAtOnce = true)), SAME_KEY_PRESS).unref();
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
      else if (endsAtOnce) process.exit(1);
    });
  }
  process.on('uncaughtException', (error) => {
    console.error(error);
    if (!asked.signal.aborted) void end(1);
  });
  return asked.signal;
}
