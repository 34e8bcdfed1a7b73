import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { rspack } from '@rspack/core';
import { build } from 'esbuild';
import webpack from 'webpack';

// Packages that Nest and Larder load only where they are used; a bundler would look for them.
const OPTIONAL =
  /^(@nestjs\/(websockets|microservices|platform-socket\.io|schedule)|@fastify\/(static|view)|@grpc\/.*|amqp.*|mqtt|kafkajs|nats|class-(validator|transformer)|ioredis|redis|bullmq|pg|socket\.io.*|@socket\.io\/.*)(\/.*)?$/;

const entry = resolve('dist/app.js');
const folder = resolve('bundled');

await build({
  entryPoints: [entry],
  outfile: join(folder, 'esbuild.cjs'),
  bundle: true,
  platform: 'node',
  format: 'cjs',
  keepNames: true,
  logLevel: 'error',
  plugins: [
    {
      name: 'optional',
      setup: ({ onResolve }) => onResolve({ filter: OPTIONAL }, ({ path }) => ({ path, external: true })),
    },
  ],
});

// The options that both understand.
const options = {
  mode: 'production' as const,
  target: 'node20' as const,
  entry,
  output: { path: folder, libraryTarget: 'commonjs2' as const },
  optimization: { minimize: false },
  externals: [
    ({ request = '' }: { request?: string }, done: (error?: null, result?: string) => void) =>
      OPTIONAL.test(request) ? done(null, `commonjs ${request}`) : done(),
  ],
};
await bundled('webpack', (done) =>
  webpack({ ...options, output: { ...options.output, filename: 'webpack.cjs' } }, done),
);
await bundled('rspack', (done) =>
  rspack({ ...options, output: { ...options.output, filename: 'rspack.cjs' } } as never, done),
);

for (const name of ['esbuild', 'webpack', 'rspack']) {
  const printed = execFileSync(process.execPath, [join(folder, `${name}.cjs`)], { encoding: 'utf8' });
  assert.equal(printed.trim(), '{"id":"7","load":1} {"id":"7","load":1}', name);
}

type Done = (error: Error | null, stats?: { hasErrors(): boolean; toString(options: 'errors-only'): string }) => void;

function bundled(name: string, start: (done: Done) => unknown): Promise<void> {
  return new Promise((resolved, reject) => {
    start((error, stats) => {
      if (error) reject(error);
      else if (stats?.hasErrors()) reject(new Error(`${name}: ${stats.toString('errors-only')}`));
      else resolved();
    });
  });
}
