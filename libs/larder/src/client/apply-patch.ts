/** An operation of a JSON Patch (RFC 6902): those that the server sends. */
export interface PatchOperation {
  readonly op: 'add' | 'remove' | 'replace';
  /** A JSON Pointer (RFC 6901). */
  readonly path: string;
  readonly value?: unknown;
}

type Members = Record<string, unknown>;

/** Applies a JSON Patch to a value, which it changes. @returns the new value */
export function applyPatch(value: unknown, patch: readonly PatchOperation[]): unknown {
  let patched = value;
  for (const { op, path, value: given } of patch) {
    if (path === '') patched = given;
    else {
      const names = path.split('/').map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
      const last = names.pop() as string;
      const place = names.slice(1).reduce((part, name) => (part as Members)[name], patched);
      if (Array.isArray(place)) place.splice(Number(last), op === 'add' ? 0 : 1, ...(op === 'remove' ? [] : [given]));
      else if (op === 'remove') delete (place as Members)[last];
      else (place as Members)[last] = given;
    }
  }
  return patched;
}
