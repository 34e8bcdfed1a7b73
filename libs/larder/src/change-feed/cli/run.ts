import { writeFile } from 'node:fs/promises';
import { LarderError } from '../../base/errors.js';
import type { WantedTable } from '../triggers/inspection.js';
import { installTriggers, onDatabase, removeTriggers, triggersStatus } from '../triggers/install.js';
import { type Command, parseCommand, USAGE } from './arguments.js';
import { tablesOfRules } from './rules-file.js';
import { findSuggestions, INSTALL, isToDo, shown } from './suggestions.js';

/** The output of a command. */
export interface Terminal {
  print(text: string): void;
  complain(text: string): void;
}

/**
 * Runs a command line.
 *
 * @returns the exit code: 0 for success, 1 for a failure or if `status` found problems, 2 for an invalid command line
 */
export async function run(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  terminal: Terminal,
): Promise<number> {
  try {
    const command = parseCommand(argv, env);
    if (command.action === 'help') terminal.print(USAGE);
    else if (command.action === 'suggest') await suggest(command, terminal);
    else if (command.action === 'status') return await status(command, terminal);
    else await change(command, terminal);
    return 0;
  } catch (error) {
    if (!(error instanceof LarderError)) throw error;
    terminal.complain(error.message);
    return error.code === 'LARDER_OPTIONS' ? 2 : 1;
  }
}

async function status({ url }: Command, { print, complain }: Terminal): Promise<number> {
  const tables = await triggersStatus(url);
  if (tables.length === 0) print('No table is watched. `npx nest-larder triggers install` installs the triggers.');
  for (const { table, columns, problems } of tables) {
    print(`${table}: ${columns.join(', ')} – ${problems.length === 0 ? 'in order' : 'NOT IN ORDER'}`);
    for (const problem of problems) complain(`  ${problem}`);
  }
  if (tables.every(({ problems }) => problems.length === 0)) return 0;
  complain('Run `npx nest-larder triggers install` to update the triggers.');
  return 1;
}

async function suggest({ url, json }: Command, { print }: Terminal): Promise<void> {
  const tables = await onDatabase(url, findSuggestions);
  const command = tables.some(isToDo) ? INSTALL : null;
  if (json) print(JSON.stringify({ tables, command }, null, 2));
  else if (tables.length === 0) print(`No cached query with dependsOn: 'queries' has run on this database yet.`);
  else {
    print(tables.map(shown).join('\n'));
    print(command === null ? 'Nothing to add.' : `Run \`${command}\`.`);
  }
}

async function change(command: Command, { print }: Terminal): Promise<void> {
  const { action, url, migration, reader, rules } = command;
  const dryRun = command.dryRun || migration !== undefined;
  const tables: WantedTable[] = [...command.tables, ...(rules === undefined ? [] : await tablesOfRules(rules))];
  const statements =
    action === 'install'
      ? await installTriggers(url, tables, { dryRun, reader })
      : await removeTriggers(
          url,
          tables.map(({ table }) => table),
          { dryRun },
        );
  if (migration !== undefined) {
    await writeFile(migration, script(statements), { flag: 'wx' }).catch((error: Error) => {
      throw new LarderError('LARDER_OPTIONS', `Cannot write the migration: ${error.message}. Name a new file.`);
    });
    print(`Written to ${migration}; nothing was changed.`);
  } else if (dryRun) print(script(statements));
  else if (statements.length === 0) print('Nothing is installed.');
  else print(action === 'install' ? 'The triggers are installed.' : 'The triggers are removed.');
}

/** The statements as a script for psql or a migration tool. */
function script(statements: readonly string[]): string {
  return `begin;\n\n${statements.map((statement) => `${statement};\n`).join('\n')}\ncommit;\n`;
}
