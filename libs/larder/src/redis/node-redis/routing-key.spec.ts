import { expect, it } from '@jest/globals';
import { routingKeyOf } from './routing-key.js';

it.each<[string, string[], string | undefined]>([
  ['get', ['a'], 'a'],
  ['SET', ['a', 'value', 'PX', '5'], 'a'],
  ['EVALSHA', ['sha', '2', 'a', 'b', 'argument'], 'a'],
  ['eval', ['return 1', '0', 'argument'], undefined],
  ['XREAD', ['BLOCK', '5', 'streams', 'a', '0'], 'a'],
  ['ping', [], undefined],
  ['INFO', ['server'], undefined],
  ['CLUSTER', ['KEYSLOT', 'a'], undefined],
])('routes %s %j by the key %s', (command, args, key) => {
  expect(routingKeyOf(command, args)).toBe(key);
});
