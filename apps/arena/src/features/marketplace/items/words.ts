/** The distinct words of a search, sorted so that equal searches share one key. */
export function wordsOf(search: string): string[] {
  const words = search.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  return [...new Set(words)].filter((word) => word !== '').sort();
}
