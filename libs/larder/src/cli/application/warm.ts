import { LarderOptionsError } from '../../base/errors.js';
import type { Environment } from '../../options/option.js';
import { demandAtMost, duration, parseArguments } from '../arguments.js';
import { LarderCommandError } from '../command-error.js';
import type { Terminal } from '../terminal.js';
import { columns, figure, printable, time } from '../text.js';
import { AdminRoutes } from './admin-routes.js';
import { progressBar } from './progress-bar.js';

const DEFAULT_TIMEOUT = 60_000;
const MAX_FAILURES = 20;

const USAGE = `npx nest-larder warm --url <url> [options]

  Asks a running process to load values before a caller asks for them. Values that are cached already are left alone.

  --url <url>      the admin routes of the process, such as http://localhost:3000/admin/cache. LARDER_ADMIN_TOKEN is sent as a
                   bearer token
  --method <name>  what to warm, as the application names it; may be repeated; default: what the application chooses
  --data <json>    an object with further members for the application, such as '{"user_ids":["1","2"]}'
  --timeout <time> how long to wait for the next sign of progress; default 1m
  --json           prints the reports as JSON
  --help           prints this text

  The exit code is 0, 1 if a value could not be loaded or the process does not answer, and 2 for an invalid command line or
  environment.
`;

/** The result of one method: a \`WarmReport\` whose errors are texts. */
interface Report {
  readonly total: number;
  readonly loaded: number;
  readonly fresh: number;
  readonly skipped: number;
  readonly failed: readonly { readonly arguments?: unknown; readonly error?: unknown }[];
  readonly took: number;
}

type Reports = Readonly<Record<string, Report>>;

/** Runs `nest-larder warm`. */
export async function warm(argv: readonly string[], env: Environment, terminal: Terminal): Promise<number> {
  const kinds = { url: 'text', method: 'texts', data: 'text', timeout: 'text' } as const;
  const parsed = parseArguments(argv, kinds, USAGE, terminal);
  if (parsed === undefined) return 0;
  const { values, others } = parsed;
  demandAtMost(0, others);
  const timeout = duration('--timeout', values.timeout, DEFAULT_TIMEOUT);
  if (values.url === undefined) {
    throw new LarderOptionsError([
      'no --url; name the admin routes of a running process, such as http://localhost:3000/admin/cache',
    ]);
  }
  const order = { ...dataIn(values.data), ...(values.method !== undefined && { methods: values.method }) };
  const reports = await follow(new AdminRoutes(values.url, env, timeout), order, terminal);
  const hasFailed = Object.values(reports).some(({ failed }) => failed.length > 0);
  if (values.json) terminal.print(JSON.stringify({ reports }, undefined, 2));
  else printReports(reports, terminal);
  return hasFailed ? 1 : 0;
}

function dataIn(json: string | undefined): object {
  if (json === undefined) return {};
  try {
    const data: unknown = JSON.parse(json);
    if (typeof data === 'object' && data !== null && !Array.isArray(data)) return data;
  } catch {
    // Reported below, like any other text that is no object.
  }
  throw new LarderOptionsError([`invalid --data: got '${json.slice(0, 100)}', expected a JSON object`]);
}

/** Draws the progress that the process streams, and returns its reports. */
async function follow(routes: AdminRoutes, order: object, { draw }: Terminal): Promise<Reports> {
  let last: unknown;
  try {
    for await (const part of routes.post('warm', order)) {
      last = part;
      const { method, done, total } = (part ?? {}) as Partial<Record<string, unknown>>;
      if (typeof done !== 'number' || typeof total !== 'number') continue;
      draw?.(progressBar(String(method ?? 'all'), done, total));
    }
  } finally {
    draw?.('');
  }
  const { reports, error } = (last ?? {}) as { reports?: unknown; error?: unknown };
  if (isReports(reports)) return reports;
  if (error !== undefined) {
    const reason = printable(String(error)).slice(0, 300);
    throw new LarderCommandError(`${routes.url} stopped warming: ${reason}`, 'Look into the log of the application');
  }
  throw new LarderCommandError(
    `${routes.url}/warm does not answer with reports, or ended before them`,
    'Let the route return { reports: { <name>: await cache.warm(…) } }; docs/command-line.md shows it',
  );
}

function isReports(value: unknown): value is Reports {
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).every((report: unknown) => {
    const { total, loaded, fresh, skipped, failed } = (report ?? {}) as Partial<Report>;
    return [total, loaded, fresh, skipped].every((count) => typeof count === 'number') && Array.isArray(failed);
  });
}

function printReports(reports: Reports, { print, complain }: Terminal): void {
  const rows = Object.entries(reports).map(([name, { loaded, fresh, skipped, failed, took }]) => [
    printable(name),
    ...[loaded, fresh, skipped, failed.length].map(figure),
    figure(time(took ?? null)),
  ]);
  if (rows.length === 0) print('The application warmed nothing.');
  else print(columns(['method', 'loaded', 'cached already', 'skipped', 'failed', 'took'], rows));
  const failures = Object.entries(reports).flatMap(([name, { failed }]) => failed.map((one) => ({ name, ...one })));
  for (const { name, arguments: given, error } of failures.slice(0, MAX_FAILURES)) {
    complain(`FAILED: ${printable(`${name}(${JSON.stringify(given ?? [])}): ${String(error)}`).slice(0, 300)}`);
  }
  if (failures.length > MAX_FAILURES) complain(`… and ${failures.length - MAX_FAILURES} more`);
}
