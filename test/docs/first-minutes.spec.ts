import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { until } from '../support/until.js';

const root = join(import.meta.dirname, '../..');
const MAX_LINES = 12;

/** The first block of code on a page, as a reader pastes it. */
async function firstBlockOf(page: string): Promise<string> {
  const text = await readFile(join(root, page), 'utf8');
  return /```ts\n(.*?)```/s.exec(text)?.[1] ?? '';
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Compiles it as `nest new` would, and starts it. */
async function started(code: string, folder: string, port: number): Promise<() => Promise<unknown>> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'main.ts'), code);
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  const compilerOptions = { composite: false, declaration: false, declarationMap: false };
  const config = { extends: join(root, 'tsconfig.json'), compilerOptions, files: ['main.ts'] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  await promisify(execFile)('npx', ['--no-install', 'tsc', '-p', folder], { cwd: root });
  const program = spawn(process.execPath, ['main.js'], { cwd: folder, env: { ...process.env, PORT: String(port) } });
  const ended = once(program, 'exit');
  const isUp = until(() => fetch(`http://127.0.0.1:${port}/`).then(Boolean, () => false), 20_000);
  await Promise.race([
    isUp,
    ended.then(([status]) => Promise.reject(new Error(`What was pasted ended with ${status}`))),
  ]);
  return () => {
    program.kill();
    return ended;
  };
}

describe('the first block of code', () => {
  it.each(['README.md', 'libs/larder/README.md'])('of %s runs when it is pasted, and caches', async (page) => {
    const code = await firstBlockOf(page);
    expect(code.trimEnd().split('\n').length).toBeLessThanOrEqual(MAX_LINES);
    expect(code).toContain('scope:');
    const folder = join(root, 'node_modules/.cache/larder-pasted', page.replaceAll('/', '-'));
    const port = await freePort();
    const stop = await started(code, folder, port);
    try {
      const [first, second] = [await greeted(port), await greeted(port)];
      expect(first.body).toMatchObject({ text: 'Hello Ana' });
      expect(second.body).toEqual(first.body);
      expect(second.etag).toMatch(/^(W\/)?"/);
    } finally {
      await stop();
    }
  });
});

async function greeted(port: number): Promise<{ body: unknown; etag: string | null }> {
  const response = await fetch(`http://127.0.0.1:${port}/greetings/Ana`, {
    // The next program may get the same port.
    headers: { Connection: 'close' },
  });
  return { body: await response.json(), etag: response.headers.get('etag') };
}
