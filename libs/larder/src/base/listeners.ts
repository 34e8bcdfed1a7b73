/** A listener that never throws: it warns instead. @param subject what the warning says has failed */
export function quietly<Event>(
  listener: ((event: Event) => void) | undefined,
  subject: string,
): (event: Event) => void {
  return (event) => {
    try {
      listener?.(event);
    } catch (error) {
      process.emitWarning(`${subject} failed: ${error}`, 'LarderWarning');
    }
  };
}
