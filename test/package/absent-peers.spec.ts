import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { withoutPackage } from '../support/absent-package.js';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');

const STARTED = `
  const { Module } = await import('@nestjs/common');
  const { NestFactory } = await import('@nestjs/core');
  const start = (options, ...providers) => {
    class Application {}
    Module({ imports: [LarderModule.forRoot(options)], providers })(Application);
    return NestFactory.createApplicationContext(Application, { logger: false, abortOnError: false });
  };`;

describe('without an optional package', () => {
  it.each([
    ['ioredis', "await createCache({ redis: 'redis://127.0.0.1:1' })"],
    ['redis', "await createCache({ redis: 'redis://127.0.0.1:1?client=node-redis' })"],
    [
      'pg',
      `${STARTED} await start({ changeFeed: { url: 'postgres://127.0.0.1:1/none', rules: [onTable('t', { columns: ['id'], invalidate: () => [] })] } })`,
    ],
    [
      'bullmq',
      `${STARTED}
      class Reports { async make() {} }
      Job({ name: 'make', cron: '0 * * * *' })(Reports.prototype, 'make', Object.getOwnPropertyDescriptor(Reports.prototype, 'make'));
      await start({ redis: 'redis://127.0.0.1:1' }, Reports)`,
    ],
    ['@nestjs/websockets', `${STARTED} await start({ realtime: true })`],
  ])('%s: what needs it says how it is installed', async (name, work) => {
    const program = `import 'reflect-metadata';
      const { createCache, Job, LarderModule } = await import('nest-larder');
      const { onTable } = await import('nest-larder/change-feed');
      try { ${work}; console.log('started'); } catch (error) { console.log(error.code + ': ' + error.message); }
      process.exit();`;
    const { stdout } = await run(
      process.execPath,
      ['--no-warnings', ...withoutPackage(name), '--input-type=module', '--eval', program],
      { cwd: root },
    );
    expect(stdout).toMatch(/^LARDER_OPTIONS: /);
    expect(stdout).toContain(`npm install ${name}`);
  });
});
