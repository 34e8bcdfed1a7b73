import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { AsyncScope } from './async-scope.js';

async function inside<T>(scope: AsyncScope<object>, value: object, work: () => Promise<T>): Promise<T> {
  try {
    return await scope.enter(value, work);
  } finally {
    scope.leave();
  }
}

it('has its value in everything its work starts, beside the values of other scopes, and none outside', async () => {
  const [one, other] = [new AsyncScope<object>(), new AsyncScope<object>()];
  const [first, second, third] = [{}, {}, {}];
  await inside(one, first, async () => {
    await nextTurn();
    await inside(other, second, async () => {
      await nextTurn();
      expect([one.current, other.current]).toEqual([first, second]);
      expect(one.current).toBe(first);
      await inside(one, third, async () => expect(one.current).toBe(third));
      expect(one.current).toBe(first);
    });
    expect(other.current).toBeUndefined();
  });
  expect(one.current).toBeUndefined();
});

it('has no value in detached work, where other scopes keep theirs', async () => {
  const [one, other] = [new AsyncScope<object>(), new AsyncScope<object>()];
  const value = {};
  await inside(other, value, () =>
    inside(one, {}, () =>
      one.detach(async () => {
        await nextTurn();
        expect(one.current).toBeUndefined();
        expect(other.current).toBe(value);
      }),
    ),
  );
});

it('leaves other scopes their values when it is left at once, and works again', async () => {
  const [one, other] = [new AsyncScope<object>(), new AsyncScope<object>()];
  const value = {};
  const rare = async () => {
    await one.enter(value, async () => expect(one.current).toBe(value));
    one.leaveAtOnce();
    expect(one.current).toBeUndefined();
  };
  await inside(other, value, async () => {
    await rare();
    expect(other.current).toBe(value);
  });
  await rare();
  await rare();
});

it('works again after it was switched off', async () => {
  const scope = new AsyncScope<object>();
  const value = {};
  await inside(scope, {}, async () => {});
  await nextTurn();
  await nextTurn();
  await inside(scope, value, async () => {
    await nextTurn();
    expect(scope.current).toBe(value);
  });
});
