import { createHash } from 'node:crypto';

/** The opaque tag of a body. Equal bodies have equal tags on every node. */
export function opaqueTagOf(body: Uint8Array): string {
  return `"${createHash('sha1').update(body).digest('base64url')}"`;
}

const WEAK = 'W/';
/** The first entity tag of a list, with the comma after it. A tag may contain commas. */
const TAG = /^[\s,]*(?:W\/)?("[\x21\x23-\x7e\x80-\xff]*")\s*(?:,|$)/;

/**
 * Whether `If-None-Match` contains a tag, by weak comparison; `*` matches any. In a malformed field, tags before the fault
 * count.
 */
export function namesTag(field: string, opaqueTag: string): boolean {
  // The usual case: one tag.
  if (field === opaqueTag || (field.startsWith(WEAK) && field.slice(WEAK.length) === opaqueTag)) return true;
  if (field.trim() === '*') return true;
  let rest = field;
  for (let tag = TAG.exec(rest); tag !== null; tag = TAG.exec(rest)) {
    if (tag[1] === opaqueTag) return true;
    rest = rest.slice(tag[0].length);
  }
  return false;
}
