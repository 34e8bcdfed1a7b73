/** The different words of a search, in an order that does not depend on how it was typed. */
export function wordsOf(search: string): string[] {
  const words = search.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  return [...new Set(words)].filter((word) => word !== '').sort();
}
