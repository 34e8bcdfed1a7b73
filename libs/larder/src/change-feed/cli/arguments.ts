import { parseArgs } from 'node:util';
import { LarderOptionsError } from '../../base/errors.js';
import type { WantedTable } from '../triggers/inspection.js';
import { parseTable, parseTableAndColumns, type TableName } from '../triggers/table-name.js';

export const USAGE = `npx nest-larder triggers install|remove|status|suggest [options]

  install   installs the triggers that log changed rows, or updates them; can be run again at any time
  remove    removes the triggers of the named tables; without tables, all triggers and the change log
  status    lists the watched tables and their problems
  suggest   lists what cached queries with dependsOn use, what install would add, and what that costs writers

  --rules <file>        a JavaScript module that exports rules made by onTable() (install, remove)
  --table <table:cols>  a table and its columns, such as sales.calls:user_id,agent_id; may be repeated; put double quotes
                        around names that contain a dot, a colon, a comma or a quote (remove takes the table alone)
  --url <url>           the database; default: LARDER_CHANGE_FEED_URL, then DATABASE_URL
  --reader <role>       grants this role, which does not own the log, the right to read it (install)
  --dry-run             prints the SQL and changes nothing
  --migration <file>    writes the SQL to a new file and changes nothing
  --json                prints the suggestions as JSON (suggest)
`;

const ACTIONS: readonly string[] = ['install', 'remove', 'status', 'suggest'];

/** A parsed command line. */
export interface Command {
  readonly action: 'install' | 'remove' | 'status' | 'suggest' | 'help';
  readonly url: string;
  readonly rules: string | undefined;
  readonly tables: readonly WantedTable[];
  readonly reader: string | undefined;
  readonly dryRun: boolean;
  readonly migration: string | undefined;
  readonly json: boolean;
}

/** @throws LarderOptionsError that lists every problem of the command line */
export function parseCommand(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Command {
  const { values, positionals } = parsed(argv);
  const [topic, action, ...rest] = positionals;
  const isHelp = values.help || topic === undefined || topic === 'help';
  const url = values.url ?? (env.LARDER_CHANGE_FEED_URL || env.DATABASE_URL || '');
  const problems: string[] = [];
  if (!isHelp) {
    if (topic !== 'triggers') problems.push(`Unknown command '${topic}', expected triggers`);
    else if (!ACTIONS.includes(action ?? ''))
      problems.push(
        `Invalid action of triggers: got ${action === undefined ? 'none' : `'${action}'`}, expected ${ACTIONS.slice(0, -1).join(', ')} or ${ACTIONS.at(-1)}`,
      );
    if (rest.length > 0) problems.push(`Unexpected arguments: ${rest.map((word) => `'${word}'`).join(', ')}`);
    if (url === '') problems.push('No database given; use --url, or set LARDER_CHANGE_FEED_URL or DATABASE_URL');
    else if (!/^postgres(ql)?:\/\//.test(url))
      problems.push('Invalid URL (not shown): expected postgres://user:password@host:port/database');
  }
  const tables: WantedTable[] = [];
  for (const text of values.table ?? []) {
    try {
      tables.push(action === 'remove' ? withoutColumns(text) : parseTableAndColumns(text));
    } catch (error) {
      problems.push(...(error as LarderOptionsError).problems.map((problem) => `--table: ${problem}`));
    }
  }
  if (problems.length > 0) throw new LarderOptionsError(problems);
  return {
    action: isHelp ? 'help' : (action as Command['action']),
    url,
    rules: values.rules,
    tables,
    reader: values.reader,
    dryRun: values['dry-run'] ?? false,
    migration: values.migration,
    json: values.json ?? false,
  };
}

function withoutColumns(text: string): WantedTable {
  const isTable = (): TableName | undefined => {
    try {
      return parseTable(text);
    } catch {
      return undefined;
    }
  };
  return { table: isTable() ?? parseTableAndColumns(text).table, columns: [] };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        rules: { type: 'string' },
        table: { type: 'string', multiple: true },
        url: { type: 'string' },
        reader: { type: 'string' },
        'dry-run': { type: 'boolean' },
        migration: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new LarderOptionsError([(error as Error).message]);
  }
}
