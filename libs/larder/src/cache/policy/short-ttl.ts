/** A TTL without a unit below this many milliseconds was probably meant in seconds. */
const MIN_USUAL_TTL = 1000;

/** Warns once in a cache of a TTL that was probably meant in seconds: everything works, and next to nothing is a hit. */
export class ShortTtlWarning {
  readonly #warn: (message: string) => void;
  #hasWarned = false;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  /**
   * @param ttl as it was given; with a unit it is taken at its word
   * @param subject what has it, such as `ttl of Items.one`
   */
  check(ttl: unknown, subject: string): void {
    if (this.#hasWarned || typeof ttl !== 'number' || ttl >= MIN_USUAL_TTL) return;
    this.#hasWarned = true;
    this.#warn(
      `${subject} is ${ttl}, which is milliseconds: values expire almost at once. ` +
        `Write '${ttl}s' if seconds are meant, or '${ttl}ms' to say that they are not.`,
    );
  }
}
