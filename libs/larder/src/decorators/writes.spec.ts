import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Injectable, NotFoundException, Param, Patch, Query } from '@nestjs/common';
import { json, NestApplications } from '../../../../test/support/nest-application.js';
import { Cacheable, CacheInvalidate, CacheWriteThrough } from '../index.js';
import { type InvalidateMessage, type LoadMessage, listen } from '../observability/index.js';
import { MemoryTier } from '../testing/index.js';

const applications = new NestApplications();

afterEach(() => applications.close());

const BROKEN = new Error('unexpected');

describe('@CacheWriteThrough and @CacheInvalidate', () => {
  @Injectable()
  class Tournaments {
    readonly rows = new Map([['1', { id: '1', name: 'Open', venue: '7' }]]);
    loads = 0;

    @Cacheable({ key: (id: string) => ['tournaments', id] })
    async one(id: string) {
      this.loads++;
      return this.rows.get(id);
    }

    @Cacheable({ key: (venue: string) => ['tournaments', 'list', venue] })
    async list(venue: string) {
      this.loads++;
      return [...this.rows.values()].filter((row) => row.venue === venue);
    }

    @CacheWriteThrough({
      key: (id: string) => ['tournaments', id],
      targets: (_id: string, _name: string, result: { venue: string }) => [['tournaments', 'list', result.venue]],
    })
    async rename(id: string, name: string) {
      const row = { ...this.rows.get(id), id, name, venue: '7' };
      this.rows.set(id, row);
      return row;
    }

    @CacheWriteThrough({
      key: (id: string) => ['tournaments', id],
      unchangedOn: (error) => {
        if (error === BROKEN) throw error;
        return error instanceof NotFoundException;
      },
    })
    async change(_id: string, failure: unknown): Promise<never> {
      throw failure;
    }

    @CacheInvalidate({
      targets: (id: string, _why: string | undefined, gone: boolean) => (gone ? [['tournaments', id]] : []),
    })
    async remove(id: string, _why?: string) {
      return this.rows.delete(id);
    }

    @CacheInvalidate({ targets: [['tournaments']], when: (dryRun: boolean) => !dryRun })
    async purge(_dryRun: boolean) {
      if (this.rows.size > 5) throw new Error('too many');
      return true;
    }

    @CacheInvalidate({ targets: () => [['tournaments', undefined as never, (() => 1) as never]] })
    async mistaken() {
      return 'written';
    }
  }

  async function startTournaments() {
    const { app, cache } = await applications.start({ providers: [Tournaments] });
    return { tournaments: app.get(Tournaments), cache };
  }

  it('store the result of a write and invalidate exactly its targets', async () => {
    const { tournaments } = await startTournaments();
    await tournaments.one('1');
    await tournaments.list('7');
    await tournaments.list('8');
    await tournaments.rename('1', 'Masters');
    tournaments.loads = 0;
    expect(await tournaments.one('1')).toMatchObject({ name: 'Masters' });
    await tournaments.list('8');
    expect(tournaments.loads).toBe(0);
    expect(await tournaments.list('7')).toMatchObject([{ name: 'Masters' }]);
    expect(tournaments.loads).toBe(1);
  });

  it('pass `targets` the result after omitted optional parameters', async () => {
    const { tournaments } = await startTournaments();
    await tournaments.one('1');
    expect(await tournaments.remove('2')).toBe(false);
    await tournaments.one('1');
    expect(tournaments.loads).toBe(1);
    expect(await tournaments.remove('1')).toBe(true);
    expect(await tournaments.one('1')).toBeUndefined();
  });

  it('tell the channel of invalidations which method wrote, and a channel of its loads which method loads', async () => {
    // With a tier that nodes share, a write is announced before it begins.
    const { app } = await applications.start({ providers: [Tournaments] }, { larder: { tier: new MemoryTier() } });
    const tournaments = app.get(Tournaments);
    const written: InvalidateMessage[] = [];
    const loaded: LoadMessage[] = [];
    const stops = [
      listen('nest-larder:invalidate', (message) => written.push(message)),
      listen('nest-larder:load', (message) => loaded.push(message)),
    ];
    await tournaments.one('1');
    await tournaments.rename('1', 'Masters');
    await tournaments.remove('1');
    await tournaments.remove('1', 'twice');
    await tournaments.purge(false);
    for (let id = 2; id < 9; id++) tournaments.rows.set(String(id), { id: String(id), name: '', venue: '1' });
    await expect(tournaments.purge(false)).rejects.toThrow('too many');
    for (const stop of stops) stop();
    expect(loaded).toMatchObject([{ method: 'Tournaments.one', id: 'tournaments:1', result: 'loaded' }]);
    expect(written).toEqual([
      { kind: 'write-through', method: 'Tournaments.rename', targets: ['tournaments:1'], slots: 2, delivered: true },
      { kind: 'write', method: 'Tournaments.remove', targets: [], slots: 1, delivered: true },
      { kind: 'write', method: 'Tournaments.purge', targets: [], slots: 1, delivered: true },
    ]);
  });

  it('do nothing if the method throws or `when` returns false', async () => {
    const { tournaments } = await startTournaments();
    await tournaments.one('1');
    await tournaments.purge(true);
    for (let id = 2; id < 9; id++) tournaments.rows.set(String(id), { id: String(id), name: '', venue: '1' });
    await expect(tournaments.purge(false)).rejects.toThrow('too many');
    await tournaments.one('1');
    expect(tournaments.loads).toBe(1);
  });

  it.each([
    ['proves that nothing was changed', new NotFoundException(), 1],
    ['may have come after the commit', new Error('Connection lost'), 2],
    ['cannot be judged', BROKEN, 2],
  ])(
    'invalidate the key of a failed write unless its error proves that nothing changed: it %s',
    async (_, failure, loads) => {
      const { tournaments, cache } = await startTournaments();
      await tournaments.one('1');
      await expect(tournaments.change('1', failure)).rejects.toBe(failure);
      await tournaments.one('1');
      expect(tournaments.loads).toBe(loads);
      const unchangedOn = () => true;
      const refused = cache.writeThrough(['tournaments', '1'], () => Promise.reject(failure), { unchangedOn });
      await expect(refused).rejects.toBe(failure);
      await tournaments.one('1');
      expect(tournaments.loads).toBe(loads);
      // This time the write itself succeeds.
      const targets = () => {
        throw failure;
      };
      await expect(cache.writeThrough(['tournaments', '1'], () => 1, { unchangedOn, targets })).rejects.toBe(failure);
      await tournaments.one('1');
      expect(tournaments.loads).toBe(loads + 1);
    },
  );

  it('reject an `unchangedOn` that is not a function', async () => {
    const { cache } = await startTournaments();
    const unchangedOn = true as never;
    const decorate = () => CacheWriteThrough({ key: () => ['a'], unchangedOn })({}, 'write', { value: async () => 1 });
    expect(decorate).toThrow('unchangedOn');
    await expect(cache.writeThrough(['a'], () => 1, { unchangedOn })).rejects.toMatchObject({ code: 'LARDER_OPTIONS' });
  });

  it('invalidate everything, and still return the result, if the targets function throws after the write', async () => {
    const { tournaments, cache } = await startTournaments();
    await tournaments.one('1');
    expect(await tournaments.mistaken()).toBe('written');
    expect(await cache.has(['tournaments', '1'])).toBe(false);
  });

  it('work on routes', async () => {
    @Controller('venues')
    class Venues {
      loads = 0;

      @Get()
      @Cacheable({ key: (query: { city?: string }) => ['venues', query] })
      async list(@Query() query: { city?: string }) {
        return { loads: ++this.loads, city: query.city };
      }

      @Patch(':id')
      @CacheInvalidate({ targets: [['venues']] })
      async update(@Param('id') id: string) {
        return { id };
      }
    }
    const { url } = await applications.start({ controllers: [Venues] });
    expect(await json(`${url}/venues?city=Oslo`)).toEqual({ loads: 1, city: 'Oslo' });
    expect(await json(`${url}/venues?city=Oslo`)).toEqual({ loads: 1, city: 'Oslo' });
    expect(await json(`${url}/venues/1`, { method: 'PATCH' })).toEqual({ id: '1' });
    expect(await json(`${url}/venues?city=Oslo`)).toEqual({ loads: 2, city: 'Oslo' });
  });
});
