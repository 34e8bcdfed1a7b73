import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import type { SourceFile } from 'ts-morph';
import { LarderCommandError } from '../command-error.js';
import { idOf } from './cases/plan.js';
import { methodAround } from './code/node-kind.js';
import type { Place, Remark } from './code/place.js';
import { type Rewriting, rewrite } from './rewrite.js';
import { loadTsMorph } from './ts-morph.js';

/** What a run changes and leaves. */
export interface Migration {
  readonly files: readonly ChangedFile[];
  readonly rewritten: readonly Decorated[];
  readonly remarks: readonly Remark[];
  /** Packages that no file imports after it. */
  readonly unused: readonly string[];
}

export interface ChangedFile {
  /** Below the folder of the project. */
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

interface Decorated extends Place {
  readonly method: string;
  readonly decorator: string;
}

const PACKAGES = ['@nestjs/cache-manager', 'cache-manager', '@keyv/redis', 'keyv', 'cacheable'];
const TEST = /(\.|-)(spec|test)\.[cm]?tsx?$|^(.*\/)?(test|tests|__tests__)\//;
const MAX_ATTEMPTS = 10;

/**
 * Reads a project and finds what to change; writes nothing. The result compiles as before.
 *
 * @param folder of the project
 * @param config its tsconfig.json
 * @throws LarderCommandError if it cannot be read, or the result would not compile
 */
export function migrationOf(folder: string, config: string): Migration {
  checkVersions(folder);
  const file = join(folder, config);
  if (!existsSync(file))
    throw new LarderCommandError(`There is no ${config} in this folder`, 'Name it: --project path/to/tsconfig.json');
  const { Project } = loadTsMorph(folder);
  const project = new Project({ tsConfigFilePath: file, skipFileDependencyResolution: false });
  const sources = project.getSourceFiles().filter((source) => !source.isInNodeModules() && !source.isDeclarationFile());
  const pathOf = (source: SourceFile) => relative(folder, source.getFilePath());
  const product = sources.filter((source) => !TEST.test(pathOf(source)));
  const found = compiling(sources, product);
  const files = [...found.files].map(([source, after]) => ({
    path: pathOf(source),
    before: source.getFullText(),
    after,
  }));
  return {
    files: files.sort((one, other) => (one.path < other.path ? -1 : 1)),
    rewritten: found.rewritten
      .map(({ file, line, method, decorator }) => ({ file: relative(folder, file), line, method, decorator }))
      .sort(byPlace),
    remarks: found.remarks.map((remark) => ({ ...remark, file: relative(folder, remark.file) })).sort(byPlace),
    unused: unusedPackages(sources, found),
  };
}

/** Rewrites, compiles, and leaves methods that would not compile. */
function compiling(sources: readonly SourceFile[], product: readonly SourceFile[]): Rewriting {
  const kept = new Map<string, string>();
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const found = rewrite(sources, product, kept);
    const errors = newErrors(found);
    if (errors.length === 0) return found;
    const size = kept.size;
    for (const { file, method, text } of errors) {
      const culprit = found.rewritten.filter(({ id }) => id === method);
      const suspects = culprit.length > 0 ? culprit : found.rewritten.filter((one) => one.file === file);
      for (const { id } of suspects) kept.set(id, `it would not compile: ${text}`);
    }
    if (kept.size > size) continue;
    const [first] = errors as [CompilerError];
    throw new LarderCommandError(
      `The result would not compile: ${first.file}: ${first.text}`,
      'Nothing was written. Check that the project compiles and that nest-larder is installed',
    );
  }
  throw new LarderCommandError('No result compiles', 'Nothing was written. Check that the project compiles');
}

interface CompilerError {
  readonly file: string;
  /** The method that it is in. */
  readonly method: string | undefined;
  readonly text: string;
}

/** Errors of the compiler that the change would bring; the files are as before afterwards. */
function newErrors({ files }: Rewriting): CompilerError[] {
  const changed = [...files.keys()];
  const originals = new Map(changed.map((source) => [source, source.getFullText()]));
  const write = (texts: ReadonlyMap<SourceFile, string>) => {
    for (const [source, text] of texts) source.replaceWithText(text);
  };
  write(files);
  const after = errorsIn(changed);
  write(originals);
  if (after.length === 0) return [];
  const known = errorsIn(changed).map(({ file, text }) => `${file} ${text}`);
  return after.filter(({ file, text }) => {
    const index = known.indexOf(`${file} ${text}`);
    if (index >= 0) known.splice(index, 1);
    return index < 0;
  });
}

function errorsIn(sources: readonly SourceFile[]): CompilerError[] {
  return sources.flatMap((source) =>
    source.getPreEmitDiagnostics().map((one) => {
      const node = source.getDescendantAtPos(one.getStart() ?? 0);
      const method = node === undefined ? undefined : methodAround(node);
      const text = textOf(one.getMessageText()).replace(/\.$/, '');
      return { file: source.getFilePath(), method: method === undefined ? undefined : idOf(method), text };
    }),
  );
}

function textOf(message: string | { getMessageText(): string }): string {
  return typeof message === 'string' ? message : message.getMessageText();
}

function byPlace(one: Place, other: Place): number {
  if (one.file === other.file) return one.line - other.line;
  return one.file < other.file ? -1 : 1;
}

function unusedPackages(sources: readonly SourceFile[], { files }: Rewriting): string[] {
  const texts = sources.map((source) => files.get(source) ?? source.getFullText());
  const imports = (name: string, all: readonly string[]) =>
    all.some((text) => text.includes(`'${name}'`) || text.includes(`"${name}"`));
  const before = sources.map((source) => source.getFullText());
  return PACKAGES.filter((name) => imports(name, before) && !imports(name, texts));
}

/** In version 4 TTLs were seconds. */
function checkVersions(folder: string): void {
  const require = createRequire(join(folder, 'package.json'));
  for (const [name, least] of [
    ['cache-manager', 5],
    ['@nestjs/cache-manager', 2],
  ] as const) {
    const version = versionOf(require, name);
    if (version === undefined || Number.parseInt(version, 10) >= least) continue;
    throw new LarderCommandError(
      `${name} is version ${version}, which counts TTLs in seconds`,
      `Update it to ${least} or later first: TTLs are milliseconds there, as in Larder`,
    );
  }
}

function versionOf(require: NodeJS.Require, name: string): string | undefined {
  for (const folder of require.resolve.paths(name) ?? []) {
    const file = join(folder, name, 'package.json');
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')).version;
  }
  return undefined;
}
