import { expect, it } from '@jest/globals';
import { RequestBatcher } from './request-batcher.js';

/** A batcher that records what it sends; `end` resolves after the turn of the event loop. */
function turns(most = 10) {
  const sent: (readonly string[])[] = [];
  const batcher = new RequestBatcher<string>((questions) => sent.push(questions), most);
  const end = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { sent, turn: batcher, end };
}

it('sends the requests of a turn together, at its end', async () => {
  const { sent, turn, end } = turns();
  turn.ask('a');
  await undefined;
  turn.ask('b');
  expect(sent).toEqual([]);
  await end();
  expect(sent).toEqual([['a', 'b']]);
});

it('sends the first request of a turn at once if the former turn had only one, and the others at the end', async () => {
  const { sent, turn, end } = turns();
  turn.ask('a');
  await end();
  turn.ask('b');
  expect(sent).toEqual([['a'], ['b']]);
  turn.ask('c');
  turn.ask('d');
  expect(sent).toHaveLength(2);
  await end();
  expect(sent[2]).toEqual(['c', 'd']);
  turn.ask('e');
  expect(sent).toHaveLength(3);
  await end();
  expect(sent[3]).toEqual(['e']);
});

it('splits a batch that exceeds the maximum', async () => {
  const { sent, turn, end } = turns(2);
  for (const question of ['a', 'b', 'c', 'd', 'e']) turn.ask(question);
  await end();
  expect(sent).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
});
