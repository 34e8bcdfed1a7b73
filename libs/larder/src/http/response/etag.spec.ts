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
    // In quadratic time this would take hours.
    expect(namesTag('"x",'.repeat(1_000_000), TAG)).toBe(false);
  });
});
