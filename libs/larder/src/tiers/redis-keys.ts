/** Where an entry lies. The id is the hash tag, so that its lease lies beside it in a cluster; it holds no braces itself. */
export function entryKey(prefix: string, id: string): string {
  return `${prefix}:{${id}}`;
}

export function idOfEntryKey(prefix: string, key: string): string {
  return key.slice(prefix.length + 2, -1);
}

export function leaseKey(prefix: string, id: string, generation: number): string {
  return `${prefix}:{${id}}:lease:${generation}`;
}
