import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { transform } from '@swc/core';
import { REPOSITORY } from '../program.js';

/** What a program has printed, and how it has ended. */
export interface Ended {
  readonly code: number;
  readonly output: string;
}

const TIMEOUT = 120_000;
const COMMAND = join(REPOSITORY, 'libs/larder/bin/nest-larder.js');

/** A copy of an application in a folder and a git repository of its own. */
export class MigratedApplication {
  private constructor(readonly folder: string) {}

  /** @param name the folder of the application beside this file; without one, it has no files but those given */
  static async copy(
    name: string | undefined,
    files: Readonly<Record<string, string>> = {},
  ): Promise<MigratedApplication> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'larder-migrate-')));
    const source = join(REPOSITORY, 'test/support/migrate', name ?? 'shop');
    if (name === undefined) {
      await cp(join(source, 'package.json'), join(folder, 'package.json'));
      const config = await readFile(join(source, 'tsconfig.json'), 'utf8');
      await writeFile(join(folder, 'tsconfig.json'), config.replace(/"noUnused\w+": true,/g, ''));
    } else await cp(source, folder, { recursive: true });
    for (const [file, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), text);
    }
    await symlink(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
    await writeFile(join(folder, '.gitignore'), 'node_modules\ndist\n');
    const application = new MigratedApplication(folder);
    await application.#run('git', ['init', '-q']);
    await application.commit();
    return application;
  }

  async commit(): Promise<void> {
    await this.#run('git', ['add', '-A']);
    await this.#run('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', 'commit', '-q', '-m', 'State']);
  }

  migrate(...args: readonly string[]): Promise<Ended> {
    return this.#run(process.execPath, [COMMAND, 'migrate', ...args]);
  }

  /** Compiles it as `nest build` does with swc, and runs its own tests in one process. */
  async test(env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    await rm(join(this.folder, 'dist'), { recursive: true, force: true });
    for (const file of await this.#sources()) {
      const { code } = await transform(await this.read(file), {
        filename: file,
        swcrc: false,
        module: { type: 'commonjs' },
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          keepClassNames: true,
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
      });
      const compiled = join(this.folder, 'dist', file.replace(/\.ts$/, '.js'));
      await mkdir(dirname(compiled), { recursive: true });
      await writeFile(compiled, code);
    }
    const tests = (await readdir(join(this.folder, 'dist/test'))).map((file) => join('dist/test', file));
    return this.#run(process.execPath, ['--no-warnings', '--test', ...tests], env);
  }

  read(file: string): Promise<string> {
    return readFile(join(this.folder, file), 'utf8');
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }

  async #sources(): Promise<string[]> {
    const found = await Promise.all(
      ['src', 'test'].map(async (part) => (await readdir(join(this.folder, part))).map((file) => join(part, file))),
    );
    return found.flat().filter((file) => file.endsWith('.ts'));
  }

  async #run(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    // The children are no part of this run of tests.
    const { NODE_OPTIONS, NODE_TEST_CONTEXT, JEST_WORKER_ID, ...rest } = process.env;
    try {
      const options = { cwd: this.folder, timeout: TIMEOUT, env: { ...rest, ...env }, maxBuffer: 2 ** 26 };
      const { stdout, stderr } = await promisify(execFile)(program, [...args], options);
      return { code: 0, output: stdout + stderr };
    } catch (error) {
      const { code, stdout = '', stderr = '' } = error as { code?: number; stdout?: string; stderr?: string };
      return { code: code ?? -1, output: stdout + stderr };
    }
  }
}
