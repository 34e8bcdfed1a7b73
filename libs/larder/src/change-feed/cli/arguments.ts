import { parseArgs } from 'node:util';
import { LarderOptionsError } from '../../base/errors.js';
import type { WantedTable } from '../triggers/inspection.js';
import { parseTable, parseTableAndColumns, type TableName } from '../triggers/table-name.js';

export const USAGE = `npx nest-larder triggers install|remove|status [options]

  install   installs the triggers that tell of changed rows, or brings them up to date; may be run again at any time
  remove    removes those of the tables that are named, or all and the change log with them
  status    says which tables are watched, and what is missing

  --rules <file>        a JavaScript module that exports what onTable() makes (install, remove)
  --table <table:cols>  a table and its columns, such as sales.calls:user_id,agent_id; may be given several times; double
                        quotes around names that hold a dot, a colon, a comma or a quote (remove takes the table alone)
  --url <url>           the database; else LARDER_CHANGE_FEED_URL, else DATABASE_URL
  --reader <role>       a role that shall read the log and does not own it (install)
  --dry-run             prints the SQL and changes nothing
  --migration <file>    writes the SQL to a new file and changes nothing
`;

/** What the command line asks for. */
export interface Command {
  readonly action: 'install' | 'remove' | 'status' | 'help';
  readonly url: string;
  readonly rules: string | undefined;
  readonly tables: readonly WantedTable[];
  readonly reader: string | undefined;
  readonly dryRun: boolean;
  readonly migration: string | undefined;
}

/** @throws LarderOptionsError listing everything that is not understood */
export function parseCommand(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Command {
  const { values, positionals } = parsed(argv);
  const [topic, action, ...rest] = positionals;
  const isHelp = values.help || topic === undefined || topic === 'help';
  const url = values.url ?? (env.LARDER_CHANGE_FEED_URL || env.DATABASE_URL || '');
  const problems: string[] = [];
  if (!isHelp) {
    if (topic !== 'triggers') problems.push(`'${topic}' is no command; it takes triggers`);
    else if (action !== 'install' && action !== 'remove' && action !== 'status')
      problems.push(
        `triggers is followed by ${action === undefined ? 'nothing' : `'${action}'`}; it takes install, remove or status`,
      );
    if (rest.length > 0) problems.push(`${rest.map((word) => `'${word}'`).join(', ')} is not understood`);
    if (url === '') problems.push('No database is named; give --url, or set LARDER_CHANGE_FEED_URL or DATABASE_URL');
    else if (!/^postgres(ql)?:\/\//.test(url))
      problems.push('The URL (not shown) takes postgres://user:password@host:port/database');
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
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new LarderOptionsError([(error as Error).message]);
  }
}
