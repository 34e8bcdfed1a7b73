import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { provider } from '../../apps/arena/src/features/integrations/provider/provider.js';
import { type RunningArena, runArena } from '../support/arena/arena.js';

/** The providers do not run: beginning a connection needs none of them. */
const LEAGUE = provider.parse({
  name: 'league',
  clientId: 'arena',
  authorizationUrl: 'https://league.test/authorize',
  tokenUrl: 'https://league.test/token',
  accountUrl: 'https://league.test/account',
});

const FRIEND = 'https://app.example.com';

let arena: RunningArena;

beforeAll(async () => {
  arena = await runArena({ integrations: { providers: [LEAGUE] }, origins: [FRIEND] });
}, 60_000);
afterAll(() => arena.close());

/** The URLs in a page's attributes. */
function referencesIn(page: string): string[] {
  return [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, reference = '']) => reference.replaceAll('&amp;', '&'));
}

describe('the start page', () => {
  const page = async () => (await fetch(arena.url)).text();

  it('shows what is running, on which servers, and how many rows there are', async () => {
    const shown = await page();
    expect(shown).toContain('PostgreSQL 18');
    expect(shown).toContain('embedded');
    expect(shown).toContain(`number ${process.pid}`);
    expect(shown).toContain('<strong>20,000</strong> items');
    expect(shown).toContain('<strong>1,000</strong> tournaments');
  });

  it('names the demo players, and says where it came from', async () => {
    const shown = await page();
    expect(shown).toContain('player1@arena.test');
    expect(shown).toContain('Where this page came from');
  });

  it('shows which flags are on', async () => {
    expect(await page()).toContain('<dt>simulation:dojo-status</dt><dd>on</dd>');
  });

  it('shows the statistics of the cache', async () => {
    for (let time = 0; time < 3; time++) await arena.get('/v1/tournaments/1');
    // Four first pages were warmed at the start.
    const shown = await page();
    for (const figure of ['5</strong> entries', '2</strong> hits', '1</strong> misses', '67 %</strong> of reads']) {
      expect(shown).toContain(`<strong>${figure}`);
    }
  });

  it('links to nothing outside, and to nothing missing', async () => {
    for (const reference of referencesIn(await page()).filter((reference) => !/^(data:|#)/.test(reference))) {
      expect(reference).toMatch(/^\//);
      expect((await fetch(arena.url + reference)).status).toBe(200);
    }
  });

  it('shows values as text, never as markup', async () => {
    const [response] = await new Promise<[import('node:http').IncomingMessage]>((resolve) =>
      get(arena.url, { headers: { Host: 'x"><script>alert(1)</script>' } }, (answer) => resolve([answer])),
    );
    const shown = await text(response);
    expect(shown).not.toContain('<script>');
    expect(shown).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  });
});

describe('pages of other origins', () => {
  const ask = (Origin: string, init: RequestInit = {}) =>
    fetch(`${arena.url}/v1/venues`, { ...init, headers: { Origin, ...init.headers } });
  const allowed = (response: Response) => response.headers.get('Access-Control-Allow-Origin');

  it('may call the routes if ARENA_ORIGINS names them, and read how a response was cached', async () => {
    const preflight = await ask(FRIEND, {
      method: 'OPTIONS',
      headers: { 'Access-Control-Request-Method': 'PATCH', 'Access-Control-Request-Headers': 'authorization' },
    });
    expect([preflight.status, allowed(preflight)]).toEqual([204, FRIEND]);
    for (let time = 0; time < 3; time++) {
      const response = await ask(FRIEND);
      expect(allowed(response)).toBe(FRIEND);
      expect(response.headers.get('Access-Control-Expose-Headers')).toContain('Cache-Status');
    }
  });

  it('may not otherwise, also after a page that may', async () => {
    await ask(FRIEND);
    for (let time = 0; time < 3; time++) expect(allowed(await ask('https://other.example'))).toBeNull();
    expect((await ask(FRIEND)).headers.get('Access-Control-Allow-Credentials')).toBeNull();
  });
});

describe('the page at /docs', () => {
  it('loads everything it needs from arena', async () => {
    const references = referencesIn(await (await fetch(`${arena.url}/docs`)).text());
    expect(references.length).toBeGreaterThan(4);
    for (const reference of references) {
      const address = new URL(reference, `${arena.url}/docs`);
      expect(address.origin).toBe(arena.url);
      expect((await fetch(address)).status).toBe(200);
    }
  });
});

interface Schema {
  readonly $ref?: string;
  readonly example?: unknown;
}
interface Operation {
  readonly description?: string;
  readonly parameters?: readonly { in: string; name: string; required?: boolean; schema: Schema }[];
  readonly requestBody?: { content: Record<string, { schema: Schema }> };
  readonly responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
  readonly security?: readonly object[];
}
interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { schemas: Record<string, Schema> };
}

describe('the document at /docs-json', () => {
  let document: Document;
  beforeAll(async () => {
    ({ body: document } = await arena.get<Document>('/docs-json'));
  });

  const operations = () =>
    Object.entries(document.paths).flatMap(([path, byMethod]) =>
      Object.entries(byMethod).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
    );
  const resolved = ({ $ref, ...schema }: Schema) =>
    $ref === undefined ? schema : document.components.schemas[$ref.replace('#/components/schemas/', '')];

  it('describes every route', () => {
    expect(
      operations()
        .map(({ method, path }) => `${method} ${path}`)
        .sort(),
    ).toEqual([
      'DELETE /integrations/{provider}',
      'DELETE /marketplace/offers/{id}',
      'DELETE /v1/tournaments/{id}',
      'DELETE /v1/tournaments/{id}/entries',
      'GET /agents/{id}/performance',
      'GET /api/v1/batch/cache-stats',
      'GET /dashboard',
      'GET /integrations',
      'GET /marketplace/feed',
      'GET /marketplace/items',
      'GET /marketplace/items/{id}',
      'GET /marketplace/items/{id}/offers',
      'GET /marketplace/items/{id}/state',
      'GET /marketplace/my/items',
      'GET /marketplace/my/offers',
      'GET /marketplace/offers/expiring',
      'GET /me',
      'GET /notifications',
      'GET /notifications/unread-count',
      'GET /v1/deployments',
      'GET /v1/deployments/{id}',
      'GET /v1/deployments/{id}/pending-updates',
      'GET /v1/products',
      'GET /v1/products/{id}/versions',
      'GET /v1/tournaments',
      'GET /v1/tournaments/{id}',
      'GET /v1/tournaments/{id}/entries',
      'GET /v1/venues',
      'GET /v1/venues/{id}',
      'PATCH /marketplace/items/{id}',
      'PATCH /marketplace/offers/{id}/extend',
      'PATCH /me',
      'PATCH /v1/deployments/{id}',
      'PATCH /v1/tournaments/{id}',
      'POST /announcements',
      'POST /api/v1/batch/products',
      'POST /api/v1/batch/users',
      'POST /auth/sign-in',
      'POST /auth/sign-up',
      'POST /integrations/refresh',
      'POST /integrations/{provider}/connect',
      'POST /marketplace/items',
      'POST /marketplace/items/{id}/offers',
      'POST /marketplace/offers/{id}/accept',
      'POST /marketplace/offers/{id}/decline',
      'POST /me/password',
      'POST /notifications',
      'POST /notifications/{id}/read',
      'POST /v1/deployments/{id}/refresh',
      'POST /v1/products',
      'POST /v1/products/{id}/versions',
      'POST /v1/products/{id}/versions/{version}/release',
      'POST /v1/tournaments',
      'POST /v1/tournaments/{id}/entries',
      'POST /v1/tournaments/{id}/results',
    ]);
  });

  it('has examples that succeed when sent unchanged', async () => {
    const token = await arena.signIn(1);
    for (const { path, method, operation } of operations()) {
      const parameters = operation.parameters ?? [];
      const example = ({ schema }: { schema: Schema }) => String(schema.example);
      const address = new URL(
        path.replace(/\{(\w+)\}/g, (_, name) => example(parameters.find((one) => one.name === name) as never)),
        arena.url,
      );
      for (const parameter of parameters.filter((one) => one.in === 'query' && one.schema.example !== undefined)) {
        address.searchParams.set(parameter.name, example(parameter));
      }
      const schema = operation.requestBody?.content['application/json']?.schema;
      const response = await fetch(address, {
        method,
        headers: {
          ...(operation.security && { Authorization: `Bearer ${token}` }),
          ...(schema && { 'Content-Type': 'application/json' }),
        },
        body: schema ? JSON.stringify(resolved(schema)?.example) : null,
      });
      const success = Object.keys(operation.responses).find((status) => status.startsWith('2'));
      expect([method, path, response.status]).toEqual([method, path, Number(success)]);
      await response.arrayBuffer();
    }
  });

  it('says how each cached route is cached', () => {
    const cached = operations().filter(({ operation }) => 'x-larder' in operation);
    expect(cached.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      'GET /dashboard',
      'GET /integrations',
      'GET /marketplace/feed',
      'GET /marketplace/items',
      'GET /marketplace/items/{id}/offers',
      'GET /marketplace/items/{id}/state',
      'GET /marketplace/my/items',
      'GET /marketplace/my/offers',
      'GET /me',
      'GET /notifications',
      'GET /notifications/unread-count',
      'GET /v1/products',
      'GET /v1/tournaments',
      'GET /v1/tournaments/{id}',
      'GET /v1/tournaments/{id}/entries',
      'GET /v1/venues',
      'GET /v1/venues/{id}',
    ]);
    for (const { path, operation } of cached) {
      const isOwn = /^\/(notifications|integrations|dashboard|me|marketplace\/my)|\/offers$/.test(path);
      const scope = path === '/v1/products' ? 'staff' : isOwn ? 'user' : 'shared';
      expect(operation).toMatchObject({ 'x-larder': { ttl: expect.any(Number), scope } });
      expect(operation.description).toContain(scope === 'shared' ? 'shared by all callers' : `per ${scope}`);
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['200', '304']));
    }
  });

  it('describes every response, and every error as a problem', () => {
    for (const { operation } of operations()) {
      for (const [status, { content = {} }] of Object.entries(operation.responses)) {
        if (status === '204' || status === '304') continue;
        const type = status.startsWith('2') ? 'application/json' : 'application/problem+json';
        expect(Object.keys(content)).toEqual([type]);
        const { items = content[type]?.schema } = resolved(content[type]?.schema ?? {}) as { items?: object };
        expect(resolved(items ?? {})).toHaveProperty('properties');
      }
    }
  });

  it('requires a token where a route does', async () => {
    for (const { path, method, operation } of operations()) {
      const { status } = await fetch(arena.url + path.replace('{id}', '1').replace('{version}', '1.0.0'), { method });
      expect([method, path, status === 401]).toEqual([method, path, operation.security !== undefined]);
    }
  });
});
