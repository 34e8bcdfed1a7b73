import { afterEach, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { ApiExtension, ApiOkResponse, ApiOperation, DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { Cacheable, describeCaching, tag } from '../../../libs/larder/src/index.js';
import { PLATFORMS } from '../../support/http/platforms.js';
import { NestApplications } from '../../support/nest-application.js';

const applications = new NestApplications();

afterEach(() => applications.close());

@Controller('items')
class Items {
  @Get('shared')
  @ApiExtension('x-own', { kept: true })
  @ApiOperation({ description: 'Everything there is.' })
  @ApiOkResponse({ description: 'All', headers: { Age: { description: 'of its own', schema: { type: 'integer' } } } })
  @Cacheable({ key: () => ['a'], ttl: '5m', staleWhileRevalidate: '1h', tags: [tag('items'), 'all'], scope: 'shared' })
  async shared() {
    return [];
  }

  @Cacheable({ key: () => ['b'], tags: () => ['x'], scope: 'user' })
  @Get('own')
  async own() {
    return [];
  }

  @Get('undeclared')
  @Cacheable({ key: () => ['c'], ttl: Number.POSITIVE_INFINITY, http: false })
  async undeclared() {
    return [];
  }

  @Get('uncached')
  async uncached() {
    return [];
  }
}

const FIELDS = ['Age', 'Cache-Control', 'Cache-Status', 'ETag'];

it.each(PLATFORMS)(
  'an OpenAPI document on %s describes the caching of each endpoint, as declared by its decorator',
  async (_, makeAdapter) => {
    const { app } = await applications.start(
      { controllers: [Items] },
      { adapter: makeAdapter(), larder: { defaultTtl: '90s' } },
    );
    const plain = SwaggerModule.createDocument(app, new DocumentBuilder().build());
    const { paths } = describeCaching(SwaggerModule.createDocument(app, new DocumentBuilder().build()));
    const operationOf = (path: string) => paths[`/items/${path}`]?.get;
    const headersOf = (path: string, status: string) =>
      Object.keys((operationOf(path)?.responses[status] as { headers?: object } | undefined)?.headers ?? {}).sort();

    expect(operationOf('shared')).toMatchObject({
      description:
        'Everything there is.\n\n' +
        'Cached for 5 minutes, then served stale for up to 1 hour during a refresh, shared by all callers. Tags: `items`, `all`.',
      'x-own': { kept: true },
      'x-larder': { ttl: 300_000, scope: 'shared', tags: ['items', 'all'], staleWhileRevalidate: 3_600_000 },
      responses: { 200: { description: 'All', headers: { Age: { description: 'of its own' } } } },
    });
    expect([headersOf('shared', '200'), headersOf('shared', '304')]).toEqual([FIELDS, FIELDS]);

    expect(operationOf('own')).toMatchObject({
      description: 'Cached for 90 seconds, per user. Tags depend on the call.',
      'x-larder': { ttl: 90_000, scope: 'user' },
    });
    expect(headersOf('own', '304')).toEqual([...FIELDS, 'Vary']);

    expect(operationOf('undeclared')).toMatchObject({
      description: 'Cached until it changes, only for requests without credentials.',
      'x-larder': { scope: 'undeclared' },
    });
    expect(Object.keys(operationOf('undeclared')?.responses ?? {})).toEqual(['200']);
    expect(operationOf('uncached')).toEqual(plain.paths['/items/uncached']?.get);
    expect(operationOf('shared')?.parameters).toEqual([]);
  },
);
