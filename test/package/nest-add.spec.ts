import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const library = join(root, 'libs/larder');

const MODULE = `import { Module } from '@nestjs/common';
import { AppController } from './app.controller';

@Module({
  imports: [],
  controllers: [AppController],
})
export class AppModule {}
`;

/** The part of a schematic's tree that the rule uses. */
class Tree {
  readonly files: Map<string, string>;
  readonly said: string[] = [];

  constructor(files: Record<string, string>) {
    this.files = new Map(Object.entries(files));
  }

  exists = (path: string) => this.files.has(path);
  readText = (path: string) => this.files.get(path);
  create = (path: string, text: string) => void this.files.set(path, text);
  overwrite = this.create;
}

type Rule = (tree: Tree, context: { logger: object }) => Tree;
type Schematic = (options: { sourceRoot?: string; module?: string; example?: boolean }) => Rule;

const { nestAdd } = createRequire(import.meta.url)(join(library, 'schematics/nest-add.cjs')) as { nestAdd: Schematic };

function added(files: Record<string, string>, options: Parameters<Schematic>[0] = {}): Tree {
  const tree = new Tree(files);
  const say = (text: string) => tree.said.push(text);
  return nestAdd(options)(tree, { logger: { info: say, warn: say } });
}

describe('nest add nest-larder', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'larder-nest-add-'));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('works from the tarball: imports the module, names the variables, adds a first cached route', async () => {
    const options = ['--json', '--ignore-scripts', '--pack-destination', folder];
    await run('npm', ['pack', ...options], { cwd: library });
    const installed = join(folder, 'node_modules/nest-larder');
    await mkdir(installed, { recursive: true });
    const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz')) as string;
    await run('tar', ['-xzf', join(folder, tarball), '-C', installed, '--strip-components=1']);
    await mkdir(join(folder, 'src'));
    await writeFile(join(folder, 'src/app.module.ts'), MODULE);
    await writeFile(join(folder, 'package.json'), '{ "name": "app", "private": true }');
    await writeFile(join(folder, 'nest-cli.json'), '{ "collection": "@nestjs/schematics", "sourceRoot": "src" }');
    const nest = join(root, 'node_modules/@nestjs/cli/bin/nest.js');
    const { stdout } = await run(process.execPath, [nest, 'add', 'nest-larder', '--skip-install'], { cwd: folder });
    expect(stdout).toContain('curl localhost:3000/greetings/Ana');
    const module = await readFile(join(folder, 'src/app.module.ts'), 'utf8');
    expect(module).toContain("import { LarderModule } from 'nest-larder';");
    expect(module).toContain('imports: [LarderModule.forRoot()]');
    expect(module).toContain('controllers: [GreetingsController, AppController]');
    expect(await readFile(join(folder, '.env'), 'utf8')).toContain('# LARDER_REDIS_URL=');
    expect(await readFile(join(folder, 'src/greetings.controller.ts'), 'utf8')).toContain('@Cacheable({');
  });

  it('adds the list of imports to a module without one, with the extension that the application uses', () => {
    const code = "import { Other } from './other.js';\n\n@Module({ providers: [Other] })\nexport class AppModule {}\n";
    const { files } = added(
      { 'apps/api/src/root.module.ts': code },
      { sourceRoot: 'apps/api/src', module: 'root.module.ts' },
    );
    const module = files.get('apps/api/src/root.module.ts');
    expect(module).toContain('imports: [LarderModule.forRoot()],');
    expect(module).toContain("from './greetings.controller.js';");
  });

  it('changes nothing that is there already', () => {
    const once = added({ 'src/app.module.ts': MODULE, '.env': 'PORT=1\n' });
    expect(once.files.get('.env')).toMatch(/^PORT=1\n\n# nest-larder/);
    const twice = added(Object.fromEntries(once.files));
    expect([...twice.files]).toEqual([...once.files]);
  });

  it('adds no route with --no-example', () => {
    const { files, said } = added({ 'src/app.module.ts': MODULE }, { example: false });
    expect(files.has('src/greetings.controller.ts')).toBe(false);
    expect(files.get('src/app.module.ts')).toContain('controllers: [AppController]');
    expect(said.join()).toContain('@Cacheable');
  });

  it('says what to do if it finds no module', () => {
    expect(added({}).said).toEqual([expect.stringContaining('src/app.module.ts does not exist')]);
    expect(added({ 'src/app.module.ts': 'export {};' }).said).toEqual([expect.stringContaining('no @Module')]);
  });
});
