import { closest, distance } from 'fastest-levenshtein';

/** The known name that was probably meant, if one is near enough. */
export function nearestOf(name: string, known: readonly string[]): string | undefined {
  const nearest = closest(name, known);
  return distance(name, nearest) <= name.length / 3 ? nearest : undefined;
}

/** What was probably meant by a name that is not known, as the end of a sentence; else all there are. */
export function suggestion(name: string, known: readonly string[]): string {
  const nearest = nearestOf(name, known);
  return nearest === undefined ? `; there are ${known.join(', ')}` : `; did you mean ${nearest}?`;
}

/** The options of a bag that are none: each as a sentence without an end. */
export function unknownOptions(options: object, known: readonly string[], subject: string): string[] {
  return Object.entries(options)
    .filter(([name, value]) => value !== undefined && !known.includes(name))
    .map(([name]) => `${name} is no option of ${subject}${suggestion(name, known)}`);
}
