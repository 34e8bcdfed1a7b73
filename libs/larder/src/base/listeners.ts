/** A listener that never throws: it warns instead. @param subject what the warning says has failed */
export function quietly<Event>(
  listener: ((event: Event) => void) | undefined,
  subject: string,
): (event: Event) => void {
  const warn = (error: unknown) => process.emitWarning(`${subject} failed: ${error}`, 'LarderWarning');
  return (event) => {
    try {
      // An async function passes for a listener.
      const result: unknown = listener?.(event);
      if (result instanceof Promise) result.catch(warn);
    } catch (error) {
      warn(error);
    }
  };
}
