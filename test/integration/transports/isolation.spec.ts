import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { APP_GUARD } from '@nestjs/core';
import type { CacheEvent, LarderOptions } from '../../../libs/larder/src/index.js';
import { current, SignedIn, Throttled, tenantOf } from '../../support/transports/caller.js';
import { handlersOf, openHandlerOf, runs } from '../../support/transports/handlers.js';
import { closeAll, type Started, TRANSPORTS } from '../../support/transports/transports.js';

afterEach(closeAll);

beforeEach(() => {
  runs.clear();
  current.user = 'nobody';
});

describe.each(TRANSPORTS.map((transport) => [transport.name, transport] as const))('through %s', (_, transport) => {
  let events: CacheEvent[];

  function larder(options: LarderOptions = {}): LarderOptions {
    events = [];
    return { onEvent: (event) => events.push(event), scopes: { tenant: tenantOf }, ...options };
  }

  /** What Alice, Bob and Alice again are answered. */
  async function inTurn({ call }: Started, name: string, ids?: readonly string[]): Promise<unknown[]> {
    return [await call(name, 'alice', ids), await call(name, 'bob', ids), await call(name, 'alice', ids)];
  }

  function undeclared(): readonly string[] {
    return events.flatMap((event) => (event.type === 'scope-undeclared' ? event.methods : []));
  }

  it.each(['own', 'guardedClass'])(
    'what a guarded method without scope answers Alice never reaches Bob: %s',
    async (name) => {
      const app = await transport.start(handlersOf(transport.expose), larder());
      expect(await inTurn(app, name)).toEqual([
        `${name} of alice, run 1`,
        `${name} of bob, run 2`,
        `${name} of alice, run 3`,
      ]);
      expect(app.cache.stats().entries).toBe(0);
    },
  );

  it.each([
    ['callsOwn', 'own'],
    ['callsMine', 'mine'],
    ['callsBatch', 'batch x'],
    ['callsWrite', 'write'],
    ['overridden', 'overridden'],
  ])('what a handler answers to another handler reaches no other user: %s', async (name, called) => {
    const app = await transport.start(handlersOf(transport.expose), larder());
    expect(await inTurn(app, name)).toEqual([
      `${called} of alice, run 1`,
      `${called} of bob, run 2`,
      `${called} of alice, run 3`,
    ]);
    expect(app.cache.stats().entries).toBe(0);
  });

  it('caches what a handler that is declared as shared answers to another handler', async () => {
    const app = await transport.start(handlersOf(transport.expose), larder());
    const first = 'shared of alice, run 1';
    expect(await inTurn(app, 'callsShared')).toEqual([first, first, first]);
  });

  it('names guarded methods without scope once, together', async () => {
    const app = await transport.start(handlersOf(transport.expose), larder());
    await inTurn(app, 'own');
    expect([...undeclared()].sort()).toEqual(['Guarded.guardedClass', 'Methods.batch', 'Methods.own', 'Methods.write']);
  });

  it('does not start with strictScope and guarded methods without scope', async () => {
    const started = transport.start(handlersOf(transport.expose), larder({ strictScope: true }));
    await expect(started).rejects.toThrow(/Methods\.own is guarded.*\n?.*/);
    await expect(started).rejects.toThrow(/Methods\.batch is guarded/);
    await expect(started).rejects.toThrow(/Guarded\.guardedClass is guarded/);
  });

  it('treats a guard for all handlers like one of their own', async () => {
    const guard = { provide: APP_GUARD, useClass: SignedIn };
    const app = await transport.start(openHandlerOf(transport.expose), larder(), [guard]);
    // Nest runs it before some transports only; where it does not, nobody is known, and nothing is stored all the same.
    await inTurn(app, 'open');
    expect(app.cache.stats().entries).toBe(0);
    expect(undeclared()).toEqual(['Open.open']);
  });

  it('treats a guard that knows nobody like any other', async () => {
    const app = await transport.start(openHandlerOf(transport.expose), larder(), [
      { provide: APP_GUARD, useClass: Throttled },
    ]);
    await app.call('open', undefined);
    expect(app.cache.stats().entries).toBe(0);
  });

  it('stores what an open method answers to nobody', async () => {
    const app = await transport.start(openHandlerOf(transport.expose), larder());
    expect(await app.call('open', undefined)).toBe('open of nobody, run 1');
    expect(await app.call('open', undefined)).toBe('open of nobody, run 1');
    expect(undeclared()).toEqual([]);
  });

  it('does not store what an open method answers to a caller whom identify knows', async () => {
    const identify: LarderOptions['identify'] = (_request, context) => {
      const [first, second] = context.getArgs<{ key?: string; handshake?: { auth: { key?: string } } }[]>();
      const { req } = (context.getArgs<{ req?: unknown }[]>()[2] ?? {}) as {
        req?: { headers: Record<string, string> };
      };
      if (context.getType<string>() === 'graphql') return req?.headers['x-token'];
      if (context.getType() === 'http') return (first as { headers?: Record<string, string> }).headers?.['x-token'];
      return context.getType() === 'ws' ? first?.handshake?.auth.key : (first?.key ?? second?.key);
    };
    const app = await transport.start(openHandlerOf(transport.expose), larder({ identify }));
    await inTurn(app, 'open');
    expect(runs.get('open')).toBe(3);
    expect(app.cache.stats().entries).toBe(0);
    expect(undeclared()).toEqual(['Open.open']);
  });

  it('stores one user’s own for that user', async () => {
    const app = await transport.start(handlersOf(transport.expose), larder());
    expect(await inTurn(app, 'mine')).toEqual(['mine of alice, run 1', 'mine of bob, run 2', 'mine of alice, run 1']);
    await app.cache.invalidate(['mine']);
    expect(await inTurn(app, 'mine')).toEqual(['mine of alice, run 3', 'mine of bob, run 4', 'mine of alice, run 3']);
  });

  it('stores by a scope that the module names', async () => {
    const app = await transport.start(handlersOf(transport.expose), larder());
    expect(await inTurn(app, 'tenants')).toEqual([
      'tenants of alice, run 1',
      'tenants of bob, run 2',
      'tenants of alice, run 1',
    ]);
    expect(await app.call('tenants', 'anna')).toBe('tenants of alice, run 1');
  });

  it('stores for everybody what is declared as shared', async () => {
    const app = await transport.start(handlersOf(transport.expose), larder());
    const first = 'shared of alice, run 1';
    expect(await inTurn(app, 'shared')).toEqual([first, first, first]);
  });

  it('stores nothing of a batch without scope, and one user’s own for that user', async () => {
    const app = await transport.start(handlersOf(transport.expose), larder());
    const own = (user: string, times: number) => [`batch x of ${user}, run ${times}`];
    expect(await inTurn(app, 'batch', ['x'])).toEqual([own('alice', 1), own('bob', 2), own('alice', 3)]);
    const mine = (user: string, times: number) => [`batchMine x of ${user}, run ${times}`];
    expect(await inTurn(app, 'batchMine', ['x'])).toEqual([mine('alice', 1), mine('bob', 2), mine('alice', 1)]);
  });

  it('stores nothing of a write without scope, and one user’s own for that user', async () => {
    const app = await transport.start(handlersOf(transport.expose), larder());
    await app.call('write', 'alice');
    expect(await app.cache.get(['written'])).toBeUndefined();
    await app.call('writeMine', 'alice');
    expect(await app.call('mine', 'alice')).toBe('writeMine of alice, run 1');
    expect(await app.call('mine', 'bob')).toBe('mine of bob, run 1');
  });

  it('refuses to start where a scope is named that the module does not have', async () => {
    const started = transport.start(handlersOf(transport.expose), larder({ scopes: {} }));
    await expect(started).rejects.toThrow("scope of Methods.tenants is 'tenant'; there are 'shared', 'user'.");
  });
});
