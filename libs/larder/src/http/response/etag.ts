import { createHash } from 'node:crypto';

/** The opaque part of the validator of some bytes. The same bytes have the same on every node. */
export function opaqueTagOf(body: Uint8Array): string {
  return `"${createHash('sha1').update(body).digest('base64url')}"`;
}

const WEAK = 'W/';
/** The first of a list of entity tags, with the comma behind it. A tag may hold commas of its own. */
const TAG = /^[\s,]*(?:W\/)?("[\x21\x23-\x7e\x80-\xff]*")\s*(?:,|$)/;

/**
 * Whether `If-None-Match` names a representation, by weak comparison; `*` names any. A field that is not as RFC 9110 has it
 * names those tags that stand before the fault.
 */
export function namesTag(field: string, opaqueTag: string): boolean {
  // Mostly one tag that the client got from here.
  if (field === opaqueTag || (field.startsWith(WEAK) && field.slice(WEAK.length) === opaqueTag)) return true;
  if (field.trim() === '*') return true;
  let rest = field;
  for (let tag = TAG.exec(rest); tag !== null; tag = TAG.exec(rest)) {
    if (tag[1] === opaqueTag) return true;
    rest = rest.slice(tag[0].length);
  }
  return false;
}
