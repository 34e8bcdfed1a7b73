import { gunzipSync } from 'node:zlib';
import compress from '@fastify/compress';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, HttpStatus, type INestApplication } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import compression from 'compression';
import { Cacheable } from '../../../libs/larder/src/index.js';
import { ask } from '../../support/http/ask.js';
import { PLATFORMS } from '../../support/http/platforms.js';
import { NestApplications, type Setting } from '../../support/nest-application.js';

const applications = new NestApplications();

afterEach(() => applications.close());

const VALUE = { name: '<Cue> & "Größe"', price: 12, secret: 'kept back', list: [1, 2, 3], text: 'x'.repeat(2000) };
const answered = async () => ({ ...VALUE });

@Controller('items')
class Plain {
  @Get()
  async list() {
    return answered();
  }
}

@Controller('items')
class Cached {
  @Get()
  @Cacheable({ key: () => ['items'], scope: 'shared' })
  async list() {
    return answered();
  }
}

type Instance = Record<string, (...parameters: unknown[]) => unknown>;

/** Settings that change responses, on both or one of the platforms. */
const SETTINGS: readonly (readonly [what: string, platform: string, set: (app: INestApplication) => unknown])[] = [
  ['json spaces', 'Express', (app) => express(app).set?.('json spaces', 2)],
  ['json escape', 'Express', (app) => express(app).set?.('json escape', true)],
  [
    'json replacer',
    'Express',
    (app) =>
      express(app).set?.('json replacer', (name: string, value: unknown) => (name === 'secret' ? undefined : value)),
  ],
  ['no ETag of its own', 'Express', (app) => express(app).set?.('etag', false)],
  [
    'a middleware with another res.json',
    'Express',
    (app) =>
      app.use((_: unknown, response: { json(value: object): unknown }, next: () => void) => {
        const { json } = response;
        response.json = (value) => json.call(response, { wrapped: value });
        next();
      }),
  ],
  [
    'a middleware with another res.send',
    'Express',
    (app) =>
      app.use((_: unknown, response: { send(body: unknown): unknown }, next: () => void) => {
        const { send } = response;
        response.send = (body) => send.call(response, typeof body === 'string' ? body.toUpperCase() : body);
        next();
      }),
  ],
  [
    'a response schema',
    'Fastify',
    (app) =>
      onRoute(app, {
        200: { type: 'object', properties: { price: { type: 'integer' }, name: { type: 'string' } } },
      }),
  ],
  [
    'a response schema for all successes',
    'Fastify',
    (app) => onRoute(app, { '2xx': { type: 'object', properties: { list: { type: 'array' } } } }),
  ],
  [
    'a response schema by content type',
    'Fastify',
    (app) =>
      onRoute(app, {
        200: {
          content: { 'application/json': { schema: { type: 'object', properties: { name: { type: 'string' } } } } },
        },
      }),
  ],
  [
    'a serialiser for all replies',
    'Fastify',
    (app) => fastify(app).setReplySerializer?.((value: unknown) => JSON.stringify({ serialised: value })),
  ],
  [
    'a hook that replaces what is sent',
    'Fastify',
    (app) =>
      fastify(app).addHook?.('preSerialization', async (_request: unknown, _reply: unknown, value: unknown) => ({
        value,
      })),
  ],
  [
    'a hook that changes the text',
    'Fastify',
    (app) =>
      fastify(app).addHook?.('onSend', async (_request: unknown, _reply: unknown, text: unknown) =>
        String(text).toUpperCase(),
      ),
  ],
];

function express(app: INestApplication): Instance {
  return app.getHttpAdapter().getInstance() as Instance;
}

const fastify = express;

function onRoute(app: INestApplication, response: object): void {
  fastify(app).addHook?.('onRoute', (route: { schema?: object }) => {
    route.schema = { ...route.schema, response };
  });
}

for (const [platform, makeAdapter] of PLATFORMS) {
  const start = (controller: typeof Plain | typeof Cached, prepare: NonNullable<Setting['prepare']>) =>
    applications.start({ controllers: [controller] }, { adapter: makeAdapter(), prepare });

  describe(`respected on ${platform}:`, () => {
    it.each(SETTINGS.filter(([, on]) => on === platform))('%s', async (_what, _on, set) => {
      const [cached, plain] = [await start(Cached, set), await start(Plain, set)];
      for (const method of ['GET', 'HEAD']) {
        const expected = await ask(`${plain.url}/items`, { method });
        for (let call = 0; call < 3; call++) {
          const { status, body, headers } = await ask(`${cached.url}/items`, { method });
          expect({ status, body }).toEqual({ status: 200, body: expected.body });
          expect(headers['content-type']).toBe(expected.headers['content-type']);
          expect(headers['content-length']).toBe(expected.headers['content-length']);
        }
      }
    });

    it('compression, with a validator that is right for both encodings', async () => {
      const { url } = await start(Cached, async (app) => {
        if (platform === 'Express') app.use(compression({ threshold: 0 }));
        else
          await (app as unknown as { register(plugin: unknown, options: object): unknown }).register(compress, {
            threshold: 0,
          });
      });
      const packed = () => askRaw(`${url}/items`, { 'accept-encoding': 'gzip' });
      const [miss, hit] = [await packed(), await packed()];
      for (const { headers, bytes } of [miss, hit]) {
        expect(headers['content-encoding']).toBe('gzip');
        expect(JSON.parse(gunzipSync(bytes).toString())).toEqual(VALUE);
        expect(headers.etag).toMatch(/^W\//);
        expect(headers.vary).toMatch(/accept-encoding/i);
      }
      const { headers } = await ask(`${url}/items`);
      expect(headers.etag).toBe(hit.headers.etag);
      const conditional = { 'if-none-match': hit.headers.etag as string, 'accept-encoding': 'gzip' };
      expect(await ask(`${url}/items`, { headers: conditional })).toMatchObject({
        status: HttpStatus.NOT_MODIFIED,
        body: '',
      });
    });
  });
}

it('separates the responses of two routes that share a key', async () => {
  const schema = (name: string) => ({ response: { 200: { type: 'object', properties: { [name]: {} } } } });
  @Controller('items')
  class Two {
    @Get('name')
    @RouteConfig({ schema: 'name' })
    @Cacheable({ key: () => ['items'], scope: 'shared' })
    async name() {
      return answered();
    }

    @Get('price')
    @RouteConfig({ schema: 'price' })
    @Cacheable({ key: () => ['items'], scope: 'shared' })
    async price() {
      return answered();
    }
  }
  const [, makeAdapter] = PLATFORMS[1] as (typeof PLATFORMS)[number];
  const { url } = await applications.start(
    { controllers: [Two] },
    {
      adapter: makeAdapter(),
      prepare: (app) =>
        fastify(app).addHook?.('onRoute', (route: { schema?: object; config?: { schema?: string } }) => {
          if (route.config?.schema !== undefined) route.schema = schema(route.config.schema);
        }),
    },
  );
  for (let call = 0; call < 2; call++) {
    const [name, price] = [await ask(`${url}/items/name`), await ask(`${url}/items/price`)];
    expect(JSON.parse(Buffer.from(name.body, 'latin1').toString())).toEqual({ name: VALUE.name });
    expect(JSON.parse(price.body)).toEqual({ price: VALUE.price });
    expect(name.headers.etag).not.toBe(price.headers.etag);
  }
});

async function askRaw(url: string, headers: Record<string, string>) {
  const answer = await ask(url, { headers });
  return { headers: answer.headers, bytes: Buffer.from(answer.body, 'latin1') };
}
