import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Param, StreamableFile } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { NestApplications } from '../../../../test/support/nest-application.js';
import { Cacheable, LarderOptionsError } from '../index.js';

const applications = new NestApplications();

afterEach(() => applications.close());

const CHUNK = 'x'.repeat(1000);

/** Counts how often each file was opened. */
const opened: Record<string, number> = {};

function open(name: string, chunks: number): StreamableFile {
  opened[name] = (opened[name] ?? 0) + 1;
  const stream = Readable.from(
    Array.from({ length: chunks }, () => CHUNK),
    { objectMode: false },
  );
  return new StreamableFile(stream, { type: 'text/csv', disposition: `attachment; filename="${name}.csv"` });
}

@Controller('files')
class Files {
  @Get('small/:name')
  @Cacheable({ key: (name: string) => ['small', name], http: { maxFileSize: '3kb' } })
  async small(@Param('name') name: string) {
    return open(name, 3);
  }

  @Get('large/:name')
  @Cacheable({ key: (name: string) => ['large', name], http: { maxFileSize: '3kb' } })
  async large(@Param('name') name: string) {
    return open(name, 40);
  }

  @Get('plain/:name')
  @Cacheable({ key: (name: string) => ['plain', name] })
  async plain(@Param('name') name: string) {
    return open(name, 3);
  }

  @Get('broken')
  @Cacheable({ key: () => ['broken'], http: { maxFileSize: '3kb' } })
  async broken() {
    return new StreamableFile(
      new Readable({
        read: (): never => {
          throw new Error('no disk');
        },
      }),
    );
  }
}

describe.each([
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
])('a route that returns a StreamableFile, on %s', (platform, adapter) => {
  async function started() {
    const { url } = await applications.start({ controllers: [Files] }, { adapter: adapter() });
    return `${url}/files`;
  }

  it('sends the bytes of a stored file to each caller, and 304 to a client that has them', async () => {
    const url = await started();
    const name = `small-${platform}`;
    const [first, second] = await Promise.all([fetch(`${url}/small/${name}`), fetch(`${url}/small/${name}`)]);
    for (const response of [first, second, await fetch(`${url}/small/${name}`)]) {
      expect(await response.text()).toBe(CHUNK.repeat(3));
      expect(response.headers.get('content-type')).toContain('text/csv');
      expect(response.headers.get('content-length')).toBe('3000');
      expect(response.headers.get('content-disposition')).toBe(`attachment; filename="${name}.csv"`);
    }
    expect(opened[name]).toBe(1);
    const etag = (await fetch(`${url}/small/${name}`)).headers.get('etag') ?? '';
    expect(first.headers.get('etag')).toBe(etag);
    const known = await fetch(`${url}/small/${name}`, { headers: { 'if-none-match': etag } });
    expect([known.status, await known.text()]).toEqual([304, '']);
    expect(known.headers.get('cache-status')).toContain('hit');
  });

  it.each(['large', 'plain'])('runs the method for each caller of a file that is not stored: %s', async (route) => {
    const url = await started();
    const name = `${route}-${platform}`;
    const responses = await Promise.all(['a', 'b', 'c'].map(() => fetch(`${url}/${route}/${name}`)));
    const expected = CHUNK.repeat(route === 'large' ? 40 : 3);
    for (const response of responses) expect((await response.text()) === expected).toBe(true);
    await (await fetch(`${url}/${route}/${name}`)).text();
    expect(opened[name]).toBe(4);
  });

  it('fails as the stream does, and stores nothing', async () => {
    const url = await started();
    expect((await fetch(`${url}/broken`)).status).toBe(500);
  });
});

it('rejects an invalid size', () => {
  expect(() =>
    Cacheable({ key: () => ['k'], http: { maxFileSize: 'large' as never } })(
      Files.prototype,
      'plain',
      Object.getOwnPropertyDescriptor(Files.prototype, 'plain') as TypedPropertyDescriptor<
        () => Promise<StreamableFile>
      >,
    ),
  ).toThrow(LarderOptionsError);
});
