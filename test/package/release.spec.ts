import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { REPOSITORY } from '../support/program.js';

describe('npm run release -- --dry-run', () => {
  it('makes the package and that of the lint rules, and changes nothing', async () => {
    // `npm run --silent`, which runs the tests, makes npm silent in its children too.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
    const run = (program: string, ...args: string[]) => promisify(execFile)(program, args, { cwd: REPOSITORY, env });
    const state = async () => (await run('git', 'status', '--porcelain')).stdout;
    const before = await state();
    const { stdout, stderr } = await run(process.execPath, '.ci/release.js', '--dry-run');
    const published = [...`${stdout}${stderr}`.matchAll(/^\+ (.*)@\d/gm)].map(([, name]) => name);
    expect(published).toEqual(['nest-larder', 'eslint-plugin-nest-larder']);
    expect(stderr).toMatch(/eslint-plugin-nest-larder[\s\S]*dist\/index\.js/);
    expect(await state()).toBe(before);
  }, 120_000);
});
