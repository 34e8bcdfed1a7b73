import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LarderOptionsError } from '../../base/errors.js';
import type { Environment } from '../../options/option.js';
import { demandAtMost, parseArguments } from '../arguments.js';
import type { Terminal } from '../terminal.js';
import { demandCleanTree, diffOf } from './git.js';
import { type Migration, migrationOf } from './project.js';
import { reportOf } from './report.js';

const USAGE = `npx nest-larder migrate [folder] [options]

  Moves an application from @nestjs/cache-manager to Larder: decorators where they do provably the same, the names of nest-larder/compat
  everywhere else. Prints the changes as a diff and what it left, and writes nothing until it gets --write.

  --write           writes the changes; demands that everything is committed
  --dry-run         writes nothing: the default
  --force           writes although there are uncommitted changes
  --project <file>  the tsconfig.json to read, below the folder; default tsconfig.json
  --json            prints the changes and what was left as JSON
  --help            prints this text

  It needs the package ts-morph: npm install --no-save ts-morph
  The exit code is 0 if it has finished, also with something left; 1 for a failure, and 2 for an invalid command line.
`;

/** Runs `nest-larder migrate`. */
export async function migrate(argv: readonly string[], _env: Environment, terminal: Terminal): Promise<number> {
  const kinds = { write: 'flag', 'dry-run': 'flag', force: 'flag', project: 'text' } as const;
  const parsed = parseArguments(argv, kinds, USAGE, terminal);
  if (parsed === undefined) return 0;
  const { values, others } = parsed;
  demandAtMost(1, others);
  if (values.write && values['dry-run']) throw new LarderOptionsError(['--write and --dry-run exclude each other']);
  const folder = join(process.cwd(), others[0] ?? '.');
  if (values.write && !values.force) demandCleanTree(folder);
  const migration = migrationOf(folder, values.project ?? 'tsconfig.json');
  if (values.write) for (const { path, after } of migration.files) writeFileSync(join(folder, path), after);
  terminal.print(values.json ? jsonOf(migration) : pageOf(migration, values.write === true));
  return 0;
}

function jsonOf({ files, ...rest }: Migration): string {
  return JSON.stringify({ ...rest, files: files.map(({ path }) => path), diff: diffOf(files) }, undefined, 2);
}

function pageOf(migration: Migration, isWritten: boolean): string {
  const diff = isWritten || migration.files.length === 0 ? [] : [diffOf(migration.files), ''];
  return [...diff, reportOf(migration, isWritten)].join('\n');
}
