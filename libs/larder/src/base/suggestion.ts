import { LarderOptionsError } from './errors.js';

/** The known name with the same letters, else the most similar one, if it is similar enough. */
export function nearestOf(name: string, known: readonly string[]): string | undefined {
  const transposed = known.find((each) => lettersOf(each) === lettersOf(name));
  if (transposed !== undefined) return transposed;
  const distances = known.map((each) => distanceOf(name, each));
  const least = Math.min(...distances);
  return least <= name.length / 3 ? known[distances.indexOf(least)] : undefined;
}

/** How many letters must be added, removed or replaced (Levenshtein). */
function distanceOf(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, length) => length);
  for (const letter of from) {
    const next = [(row[0] as number) + 1];
    for (let at = 0; at < to.length; at++) {
      const replaced = (row[at] as number) + (to[at] === letter ? 0 : 1);
      next.push(Math.min(replaced, (row[at + 1] as number) + 1, (next[at] as number) + 1));
    }
    row = next;
  }
  return row[to.length] as number;
}

function lettersOf(name: string): string {
  return [...name].sort().join('');
}

/** The end of a sentence about an unknown name: the most similar known name, else all known names. */
export function suggestion(name: string, known: readonly string[]): string {
  const nearest = nearestOf(name, known);
  return nearest === undefined ? `; there are ${known.join(', ')}` : `; did you mean ${nearest}?`;
}

/** A problem for each unknown option in an object. */
export function unknownOptions(options: object, known: readonly string[], subject: string): string[] {
  return Object.entries(options)
    .filter(([name, value]) => value !== undefined && !known.includes(name))
    .map(([name]) => `unknown option ${name} of ${subject}${suggestion(name, known)}`);
}

/** @throws LarderOptionsError if an argument is not an object */
export function demandOptions(options: unknown, subject: string): void {
  if (typeof options !== 'object' || options === null) throw wrongly(subject, options, 'an object of options');
}

/** @throws LarderOptionsError if an argument is not a function */
export function demandFunction(work: unknown, subject: string): void {
  if (typeof work !== 'function') throw wrongly(subject, work, 'a function');
}

/** @throws LarderOptionsError if an argument is not a list */
export function demandList(list: unknown, subject: string, items: string): void {
  if (!Array.isArray(list)) throw wrongly(subject, list, `a list of ${items}`);
}

function wrongly(subject: string, given: unknown, takes: string): LarderOptionsError {
  const shown = typeof given === 'object' && given !== null ? 'an object' : String(given);
  return new LarderOptionsError([`invalid ${subject}: got ${shown}, expected ${takes}`]);
}
