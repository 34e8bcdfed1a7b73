import { expect, it } from '@jest/globals';
import { ROOT_SLOT } from '../versions/slots.js';
import { VersionTable } from '../versions/version-table.js';
import { RaisedSlots } from './raised-slots.js';

const [PREFIX, KEY, TAG, OTHER] = [3, 9, 4, 10];
const dependent = { slots: [KEY, PREFIX, TAG] };

it.each([
  ['nothing else', [], true],
  ['an invalidation of another key', [OTHER], true],
  ['an invalidation of its prefix', [PREFIX], false],
  ['an invalidation of its tag', [TAG], false],
  ['a later invalidation of its key', [KEY], false],
  ['an invalidation of everything', [ROOT_SLOT], false],
])('gives a value a valid stamp unless an invalidation that affects it arrived meanwhile: %s', (_, moved, isValid) => {
  const table = new VersionTable(16);
  const raised = new RaisedSlots(table);
  // Two steps, as for many values; the other invalidation arrives between the reply of the first and that of the second.
  raised.add([KEY], table.touch([KEY]));
  table.touch(moved);
  raised.add([OTHER + 1], table.touch([OTHER + 1]));
  expect(table.unchangedSince(raised.stampOf(dependent), dependent.slots)).toBe(isValid);
});

it.each([
  ['before its own reply', true],
  ['after it', false],
])('gives a value of one step no valid stamp after another invalidation of its prefix, %s', (_, isBefore) => {
  const table = new VersionTable(16);
  const raised = new RaisedSlots(table);
  if (isBefore) table.touch([PREFIX]);
  raised.add([KEY], table.touch([KEY]));
  if (!isBefore) table.touch([PREFIX]);
  expect(table.unchangedSince(raised.stampOf(dependent), dependent.slots)).toBe(false);
});

it('gives a value no valid stamp if the step raised its prefix for an invalidation of the same turn', () => {
  const table = new VersionTable(16);
  const raised = new RaisedSlots(table);
  raised.add([KEY], table.touch([KEY, PREFIX]));
  expect(table.unchangedSince(raised.stampOf(dependent), dependent.slots)).toBe(false);
});
