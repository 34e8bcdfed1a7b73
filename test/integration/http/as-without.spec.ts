import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  BadRequestException,
  type CallHandler,
  Catch,
  ClassSerializerInterceptor,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  Header,
  HttpCode,
  type INestApplication,
  Injectable,
  NotFoundException,
  Param,
  ParseIntPipe,
  Query,
  Redirect,
  Res,
  StreamableFile,
  type Type,
  UseFilters,
  UseInterceptors,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Exclude } from 'class-transformer';
import { map, type Observable } from 'rxjs';
import { Cacheable } from '../../../libs/larder/src/index.js';
import { type Asking, ask, type Received } from '../../support/http/ask.js';
import { PLATFORMS } from '../../support/http/platforms.js';
import { NestApplications } from '../../support/nest-application.js';

const applications = new NestApplications();

class Person {
  name = 'Alice';
  @Exclude() password = 'secret';
}

class Wrapping {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data) => ({ data, ok: true })));
  }
}

class Mutating {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data: object) => ({ ...data, added: 1 })));
  }
}

class Failing {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      map(() => {
        throw new BadRequestException('Not like this');
      }),
    );
  }
}

@Catch(NotFoundException)
class Teapot implements ExceptionFilter {
  constructor(private readonly host: HttpAdapterHost) {}

  catch(error: NotFoundException, host: ArgumentsHost) {
    this.host.httpAdapter.reply(host.switchToHttp().getResponse(), { teapot: error.message }, 418);
  }
}

type Cached = (key: string) => MethodDecorator;

/** The same controller with and without `@Cacheable`. */
function controllerWith(Cached: Cached): Type<unknown> {
  @Injectable()
  @Controller('cases')
  class Cases {
    @Get('object')
    @Cached('object')
    async object() {
      return { text: 'Größe ≥ 1 <&> \u2028', list: [1, 2.5, null, true], date: new Date(0), nothing: undefined };
    }

    @Get('array')
    @Cached('array')
    async array() {
      return [{ a: 1 }, { b: [] }];
    }

    @Get('collections')
    @Cached('collections')
    async collections() {
      return { map: new Map([['a', 1]]), set: new Set([1]), bytes: Buffer.from('abc') };
    }

    @Get('bigint')
    @Cached('bigint')
    async bigint() {
      return { big: 5n };
    }

    @Get('text')
    @Cached('text')
    async text() {
      return 'plain text, Größe';
    }

    @Get('number')
    @Cached('number')
    async number() {
      return 7;
    }

    @Get('false')
    @Cached('false')
    async no() {
      return false;
    }

    @Get('buffer')
    @Cached('buffer')
    async buffer() {
      return Buffer.from('raw bytes');
    }

    @Get('null')
    @Cached('null')
    async nothing() {
      return null;
    }

    @Get('undefined')
    @Cached('undefined')
    async noValue() {
      return undefined;
    }

    @Get('empty')
    @Cached('empty')
    async empty() {
      return {};
    }

    @Get('typed')
    @Header('Content-Type', 'application/vnd.api+json')
    @Header('Cache-Control', 'public, max-age=1')
    @Header('ETag', '"own"')
    @Cached('typed')
    async typed() {
      return { data: [] };
    }

    @Get('accepted')
    @HttpCode(202)
    @Cached('accepted')
    async accepted() {
      return { accepted: true };
    }

    @Get('no-content')
    @HttpCode(204)
    @Cached('no-content')
    async noContent() {
      return { ignored: true };
    }

    @Get('redirect')
    @Redirect('/cases/object', 302)
    @Cached('redirect')
    async redirect() {
      return { url: '/cases/array' };
    }

    @Get('class-serializer')
    @UseInterceptors(ClassSerializerInterceptor)
    @Cached('class-serializer')
    async serialised() {
      return { person: 'Alice', tags: ['a'] };
    }

    @Get('class-instance')
    @UseInterceptors(ClassSerializerInterceptor)
    @Cached('class-instance')
    async instance() {
      return new Person();
    }

    @Get('wrapped')
    @UseInterceptors(Wrapping)
    @Cached('wrapped')
    async wrapped() {
      return { a: 1 };
    }

    @Get('mutated')
    @UseInterceptors(Mutating, Wrapping)
    @Cached('mutated')
    async mutated() {
      return { a: 1 };
    }

    @Get('file')
    @Cached('file')
    async file() {
      return new StreamableFile(Readable.from([Buffer.from('a file')]), {
        type: 'text/csv',
        disposition: 'attachment',
      });
    }

    @Get('response')
    async response(@Res() response: { status(code: number): { send(body: unknown): unknown } }) {
      response.status(203).send({ by: 'hand' });
    }

    @Get('passthrough')
    @Cached('passthrough')
    async passthrough(@Query('a') a: string, @Query('b') b = 'default') {
      return { a, b };
    }

    @Get('missing')
    @UseFilters(Teapot)
    @Cached('missing')
    async missing() {
      throw new NotFoundException('no such thing');
    }

    @Get('error')
    @Cached('error')
    async error() {
      throw new Error('unexpected');
    }

    @Get('failing')
    @UseInterceptors(Failing)
    @Cached('failing')
    async failing() {
      return { never: 'sent' };
    }

    @Get('piped/:id')
    @Cached('piped')
    async piped(@Param('id', ParseIntPipe) id: number) {
      return { id };
    }
  }
  return Cases;
}

const CASES: Readonly<Record<string, string>> = {
  'an object': 'object',
  'an array': 'array',
  'maps, sets and bytes': 'collections',
  'what is no JSON': 'bigint',
  'a text': 'text',
  'a number': 'number',
  false: 'false',
  'a Buffer': 'buffer',
  null: 'null',
  undefined: 'undefined',
  'an empty object': 'empty',
  'fields of its own': 'typed',
  'a 202': 'accepted',
  'a 204': 'no-content',
  'a redirect': 'redirect',
  'the ClassSerializerInterceptor': 'class-serializer',
  'the ClassSerializerInterceptor and an instance': 'class-instance',
  'an interceptor that wraps': 'wrapped',
  'two interceptors': 'mutated',
  'a StreamableFile': 'file',
  '@Res()': 'response',
  'a parameter with a default': 'passthrough?a=1',
  'an exception filter': 'missing',
  'an unexpected error': 'error',
  'an interceptor that fails': 'failing',
  'a pipe': 'piped/1',
  'a pipe that refuses': 'piped/one',
};

/** What caching may add. */
const ADDED = ['cache-control', 'cache-status', 'age', 'etag', 'vary'];

const cached: Cached = (key) => Cacheable({ key: () => [key], scope: 'shared' }) as MethodDecorator;
const plain: Cached = () => () => {};

describe.each(PLATFORMS)('a cached method on %s responds as it would without caching', (_, makeAdapter) => {
  const urls: string[] = [];
  const started: INestApplication[] = [];

  beforeAll(async () => {
    for (const decorate of [cached, plain]) {
      const { app, url } = await applications.start(
        { controllers: [controllerWith(decorate)] },
        { adapter: makeAdapter(), larder: { onEvent: () => {} } },
      );
      urls.push(url);
      started.push(app);
    }
  });

  afterAll(() => applications.close());

  const comparable = ({ status, headers, body }: Received, without: Received) => {
    const kept = Object.entries(headers).filter(
      ([name]) => name !== 'date' && (!ADDED.includes(name) || OWN.includes(without.headers[name] as string)),
    );
    return { status, body, headers: Object.fromEntries(kept.sort()) };
  };
  /** Fields that a method sets itself are kept. */
  const OWN = ['public, max-age=1', '"own"'];

  for (const [name, path] of Object.entries(CASES)) {
    it.each([
      ['GET', {}],
      ['HEAD', { method: 'HEAD' }],
    ] as const)(`${name}, %s`, async (_method, asking: Asking) => {
      const [url, urlWithout] = urls as [string, string];
      const without = await ask(`${urlWithout}/cases/${path}`, asking);
      const expected = comparable(without, without);
      for (const call of ['miss', 'hit', 'hit again']) {
        const answer = await ask(`${url}/cases/${path}`, asking);
        expect({ call, ...comparable(answer, without) }).toEqual({ call, ...expected });
      }
    });
  }
});
