import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { APP_GUARD } from '@nestjs/core';
import type { CacheEvent, LarderOptions } from '../../../libs/larder/src/index.js';
import { current, SignedIn, Throttled, tenantOf } from '../../support/transports/caller.js';
import { handlersOf, openHandlerOf, runs } from '../../support/transports/handlers.js';
import { closeAll, type Started, TRANSPORTS } from '../../support/transports/transports.js';

afterEach(closeAll);

beforeEach(() => {
  runs.clear();
  current.user = 'anonymous';
});

describe.each(TRANSPORTS.map((transport) => [transport.name, transport] as const))('through %s', (_, transport) => {
  let events: CacheEvent[];

  function larder(options: LarderOptions = {}): LarderOptions {
    events = [];
    return { onEvent: (event) => events.push(event), scopes: { tenant: tenantOf }, ...options };
  }

  /** The results of Alice, Bob and Alice again. */
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

  it("caches the result of a handler with scope 'shared' for another handler", async () => {
    const app = await transport.start(handlersOf(transport.expose), larder());
    const first = 'shared of alice, run 1';
    expect(await inTurn(app, 'callsShared')).toEqual([first, first, first]);
  });

  it('reports guarded methods without scope once, together', async () => {
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
    // Nest runs it before some transports only. Where it does not, no user is known, and still nothing is stored.
    await inTurn(app, 'open');
    expect(app.cache.stats().entries).toBe(0);
    expect(undeclared()).toEqual(['Open.open']);
  });

  it('treats a guard that identifies no user like any other', async () => {
    const app = await transport.start(openHandlerOf(transport.expose), larder(), [
      { provide: APP_GUARD, useClass: Throttled },
    ]);
    await app.call('open', undefined);
    expect(app.cache.stats().entries).toBe(0);
  });

  it('stores the result of an open method for an anonymous caller', async () => {
    const app = await transport.start(openHandlerOf(transport.expose), larder());
    expect(await app.call('open', undefined)).toBe('open of anonymous, run 1');
    expect(await app.call('open', undefined)).toBe('open of anonymous, run 1');
    expect(undeclared()).toEqual([]);
  });

  it('does not store the result of an open method for a caller that identify knows', async () => {
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

  it("stores a value per user with scope 'user'", async () => {
    const app = await transport.start(handlersOf(transport.expose), larder());
    expect(await inTurn(app, 'mine')).toEqual(['mine of alice, run 1', 'mine of bob, run 2', 'mine of alice, run 1']);
    await app.cache.invalidate(['mine']);
    expect(await inTurn(app, 'mine')).toEqual(['mine of alice, run 3', 'mine of bob, run 4', 'mine of alice, run 3']);
  });

  it('stores by a scope that the module defines', async () => {
    const app = await transport.start(handlersOf(transport.expose), larder());
    expect(await inTurn(app, 'tenants')).toEqual([
      'tenants of alice, run 1',
      'tenants of bob, run 2',
      'tenants of alice, run 1',
    ]);
    expect(await app.call('tenants', 'anna')).toBe('tenants of alice, run 1');
  });

  it("stores one value for all users with scope 'shared'", async () => {
    const app = await transport.start(handlersOf(transport.expose), larder());
    const first = 'shared of alice, run 1';
    expect(await inTurn(app, 'shared')).toEqual([first, first, first]);
  });

  it("stores no batch without scope, and a batch per user with scope 'user'", async () => {
    const app = await transport.start(handlersOf(transport.expose), larder());
    const own = (user: string, times: number) => [`batch x of ${user}, run ${times}`];
    expect(await inTurn(app, 'batch', ['x'])).toEqual([own('alice', 1), own('bob', 2), own('alice', 3)]);
    const mine = (user: string, times: number) => [`batchMine x of ${user}, run ${times}`];
    expect(await inTurn(app, 'batchMine', ['x'])).toEqual([mine('alice', 1), mine('bob', 2), mine('alice', 1)]);
  });

  it("stores no write without scope, and a write per user with scope 'user'", async () => {
    const app = await transport.start(handlersOf(transport.expose), larder());
    await app.call('write', 'alice');
    expect(await app.cache.get(['written'])).toBeUndefined();
    await app.call('writeMine', 'alice');
    expect(await app.call('mine', 'alice')).toBe('writeMine of alice, run 1');
    expect(await app.call('mine', 'bob')).toBe('mine of bob, run 1');
  });

  it('refuses to start with an undefined scope', async () => {
    const started = transport.start(handlersOf(transport.expose), larder({ scopes: {} }));
    await expect(started).rejects.toThrow("scope of Methods.tenants is 'tenant'; there are 'shared', 'user'.");
  });
});
