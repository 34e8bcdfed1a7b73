import { describe, expect, it } from '@jest/globals';
import { namesTag, opaqueTagOf } from './etag.js';

const TAG = '"abc"';

describe('an ETag', () => {
  it('is equal for equal bytes, and different for others', () => {
    expect(opaqueTagOf(Buffer.from('a'))).toBe(opaqueTagOf(Buffer.from('a')));
    expect(opaqueTagOf(Buffer.from('a'))).not.toBe(opaqueTagOf(Buffer.from('b')));
  });

  it.each(['"abc"', 'W/"abc"', '*', ' * ', '"x", "abc"', '"x",W/"abc","y"', ',, "abc"', '"a,b", "abc"', '"", "abc"'])(
    'matches If-None-Match: %s',
    (field) => expect(namesTag(field, TAG)).toBe(true),
  );

  it.each(['', 'abc', '"abcd"', 'w/"abc"', '"x" "abc"', '"abc', '*, "x"', 'W/abc', '"a"b"abc"', '"x,\\"abc\\""'])(
    'does not match If-None-Match: %s',
    (field) => expect(namesTag(field, TAG)).toBe(false),
  );

  it('is found in linear time', () => {
    // Quadratic time would take hours.
    expect(namesTag('"x",'.repeat(1_000_000), TAG)).toBe(false);
  });
});
