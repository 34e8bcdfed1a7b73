/** The `Vary` field with further names added. */
export function varyingBy(before: unknown, names: readonly string[]): string {
  const field = Array.isArray(before) ? before.join(', ') : typeof before === 'string' ? before : '';
  const named = new Set(field.split(',').map((name) => name.trim().toLowerCase()));
  if (named.has('*')) return '*';
  if (names.includes('*')) return '*';
  const added = names.filter((name) => !named.has(name.toLowerCase()));
  return [...(field === '' ? [] : [field]), ...added].join(', ');
}
