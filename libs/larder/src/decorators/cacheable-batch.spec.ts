import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { NestApplications } from '../../../../test/support/nest-application.js';
import { Cacheable, CacheableBatch, LarderBatchError, LarderKeyError, LarderOptionsError, tag } from '../index.js';

const applications = new NestApplications();

afterEach(() => applications.close());

type User = { id: string; name: string };

@Injectable()
class Users {
  readonly asked: (readonly string[])[] = [];
  answer: (ids: readonly string[]) => unknown = (ids) => ids.map((id) => (id === 'x' ? undefined : this.user(id)));

  @CacheableBatch({
    key: (id: string) => ['users', id],
    tags: (id: string) => [tag(`team:${id[0]}`)],
    when: (ids: readonly string[]) => ids[0] !== 'uncached',
  })
  async many(ids: readonly string[]): Promise<readonly (User | undefined)[]> {
    this.asked.push(ids);
    return (await this.answer(ids)) as never;
  }

  @Cacheable({ key: (id: string) => ['users', id] })
  async one(id: string) {
    this.asked.push([`one ${id}`]);
    return this.user(id);
  }

  @CacheableBatch({ key: (filter: object) => ['filtered', filter as never] })
  async filtered(filters: readonly object[]) {
    return filters.map(() => 1);
  }

  @CacheableBatch({ key: (id: string) => ['gathered', id], gather: true })
  async gathered(ids: readonly string[]): Promise<readonly (User | undefined)[]> {
    this.asked.push(ids);
    return (await this.answer(ids)) as never;
  }

  private user(id: string): User {
    return { id, name: `User ${id}` };
  }
}

async function start() {
  const { app, cache } = await applications.start({ providers: [Users] });
  return { users: app.get(Users), cache };
}

describe('gather', () => {
  it('makes one call of the calls of a turn, for the missing ids, each once', async () => {
    const { users } = await start();
    await users.gathered(['a']);
    const answers = await Promise.all([
      users.gathered(['b', 'e', 'a']),
      users.gathered(['c']),
      users.gathered(['b', 'x']),
    ]);
    await new Promise(setImmediate);
    expect(users.asked).toEqual([['a'], ['b', 'e', 'c', 'x']]);
    expect(answers.map((answer) => answer.map((user) => user?.id))).toEqual([['b', 'e', 'a'], ['c'], ['b', undefined]]);
    await users.gathered(['d']);
    expect(users.asked.at(-1)).toEqual(['d']);
  });

  it('gives the error of the call, or a wrong number of values, to each caller', async () => {
    const { users } = await start();
    users.answer = () => Promise.reject(new Error('no database'));
    const failed = await Promise.allSettled([users.gathered(['a']), users.gathered(['b'])]);
    expect(failed.map((one) => String((one as PromiseRejectedResult).reason))).toEqual(
      Array(2).fill('Error: no database'),
    );
    users.answer = () => [1];
    for (const call of [users.gathered(['a']), users.gathered(['b'])]) {
      await expect(call).rejects.toThrow('Users.gathered');
    }
    users.answer = () => undefined;
    await expect(users.gathered(['a'])).rejects.toBeInstanceOf(LarderBatchError);
  });

  it('rejects another value than true and false', () => {
    const descriptor = Object.getOwnPropertyDescriptor(Users.prototype, 'many') as TypedPropertyDescriptor<
      Users['many']
    >;
    const decorate = CacheableBatch({ key: (id: string) => [id], gather: 1 as never });
    expect(() => decorate(Users.prototype, 'many', descriptor)).toThrow('invalid gather of Users.many: got 1');
  });
});

describe('@CacheableBatch', () => {
  it('runs the method for the missing ids only, each once, and returns the values in order', async () => {
    const { users } = await start();
    await users.many(['a', 'c']);
    const answer = await users.many(['d', 'a', 'b', 'd', 'c', 'b']);
    expect(users.asked).toEqual([
      ['a', 'c'],
      ['d', 'b'],
    ]);
    expect(answer.map((user) => user?.id)).toEqual(['d', 'a', 'b', 'd', 'c', 'b']);
    expect(answer[0]).toBe(answer[3]);
  });

  it('returns undefined for ids that do not exist, and loads them again', async () => {
    const { users } = await start();
    expect(await users.many(['x', 'a'])).toEqual([undefined, { id: 'a', name: 'User a' }]);
    await users.many(['x', 'a']);
    expect(users.asked).toEqual([['x', 'a'], ['x']]);
  });

  it('loads each id once for two batches that overlap, and for single reads of the same key', async () => {
    const { users } = await start();
    const [first, second, single] = await Promise.all([
      users.many(['a', 'b', 'c']),
      users.many(['b', 'c', 'd']),
      users.one('d'),
    ]);
    expect(users.asked.flat().sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(second[0]).toBe(first[1]);
    expect(single).toBe(second[2]);
    await Promise.all([users.one('e'), users.many(['e', 'f'])]);
    expect(users.asked.flat().slice(4).sort()).toEqual(['f', 'one e']);
    const batch = users.many(['g', 'h']);
    await Promise.resolve();
    expect(await users.one('h')).toBe((await batch)[1]);
    expect(users.asked.flat().slice(6)).toEqual(['g', 'h']);
  });

  it('tags each value by its own id', async () => {
    const { users, cache } = await start();
    await users.many(['a1', 'a2', 'b1']);
    await cache.invalidate(tag('team:a'));
    await users.many(['a1', 'b1', 'a2']);
    expect(users.asked[1]).toEqual(['a1', 'a2']);
  });

  it('runs the method uncached if `when` returns false, or without a list of ids', async () => {
    const { users } = await start();
    await users.many(['uncached', 'a']);
    await users.many(['uncached', 'a']);
    expect(users.asked).toHaveLength(2);
    expect(await users.many([])).toEqual([]);
    expect(users.asked).toHaveLength(2);
    await expect(users.many(undefined as never)).rejects.toThrow(TypeError);
    expect(users.asked).toHaveLength(3);
  });

  it('rejects with the error of the method, and loads again next time', async () => {
    const { users } = await start();
    const failure = new Error('no such table');
    const { answer } = users;
    users.answer = () => Promise.reject(failure);
    await expect(users.many(['a'])).rejects.toBe(failure);
    users.answer = answer;
    expect(await users.many(['a'])).toHaveLength(1);
  });

  it('names the method if it returns the wrong number of values, or its key cannot be built', async () => {
    const { users } = await start();
    users.answer = () => [];
    const answer = users.many(['a', 'b']);
    await expect(answer).rejects.toBeInstanceOf(LarderBatchError);
    await expect(answer).rejects.toThrow('Users.many was asked for 2 values and returned 0.');
    const wrong = users.filtered([{ since: new (class Moment {})() }]);
    await expect(wrong).rejects.toBeInstanceOf(LarderKeyError);
    await expect(wrong).rejects.toThrow('The cache key of Users.filtered cannot be built');
  });

  it('is counted under its name, and rejects invalid options', async () => {
    const { users, cache } = await start();
    await users.many(['a', 'b']);
    await users.many(['a', 'b']);
    expect(cache.stats().methods['Users.many']).toMatchObject({ hits: 2, misses: 2, loads: 1 });
    const decorate = () =>
      CacheableBatch({ key: () => ['k'], ttl: 'soon' as '5m' })({}, 'many', {
        value: async (ids: readonly string[]) => ids,
      });
    expect(decorate).toThrow(LarderOptionsError);
    expect(decorate).toThrow("invalid ttl of Object.many: got 'soon'");
  });
});
