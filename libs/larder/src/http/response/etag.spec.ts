import { describe, expect, it } from '@jest/globals';
import { namesTag, opaqueTagOf } from './etag.js';

const TAG = '"abc"';

describe('a tag', () => {
  it('is the same for the same bytes, and another for others', () => {
    expect(opaqueTagOf(Buffer.from('a'))).toBe(opaqueTagOf(Buffer.from('a')));
    expect(opaqueTagOf(Buffer.from('a'))).not.toBe(opaqueTagOf(Buffer.from('b')));
  });

  it.each(['"abc"', 'W/"abc"', '*', ' * ', '"x", "abc"', '"x",W/"abc","y"', ',, "abc"', '"a,b", "abc"', '"", "abc"'])(
    'is named by %s',
    (field) => expect(namesTag(field, TAG)).toBe(true),
  );

  it.each(['', 'abc', '"abcd"', 'w/"abc"', '"x" "abc"', '"abc', '*, "x"', 'W/abc', '"a"b"abc"', '"x,\\"abc\\""'])(
    'is not named by %s',
    (field) => expect(namesTag(field, TAG)).toBe(false),
  );

  it('is looked for in no more than linear time', () => {
    const field = '"x",'.repeat(4000);
    const began = performance.now();
    for (let call = 0; call < 20; call++) expect(namesTag(field, TAG)).toBe(false);
    expect(performance.now() - began).toBeLessThan(2000);
  });
});
