/** A TTL without a unit below this many milliseconds was probably meant in seconds. */
const MIN_USUAL_TTL = 1000;

/** Warns once per cache of a TTL that was probably meant in seconds: the cache works, but hardly ever hits. */
export class ShortTtlWarning {
  readonly #warn: (message: string) => void;
  #hasWarned = false;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  /**
   * @param ttl as given; one with a unit is accepted
   * @param subject the name of the option, such as `ttl of Items.one`
   */
  check(ttl: unknown, subject: string): void {
    if (this.#hasWarned || typeof ttl !== 'number' || ttl >= MIN_USUAL_TTL) return;
    this.#hasWarned = true;
    this.#warn(
      `${subject} is ${ttl} milliseconds: values expire almost at once. ` +
        `Write '${ttl}s' if seconds are meant, or '${ttl}ms' for milliseconds.`,
    );
  }
}
