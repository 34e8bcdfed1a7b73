import { LarderError, messageOf } from '../../base/errors.js';
import { findSuggestions, isToDo, type Suggestion } from '../../change-feed/cli/suggestions.js';
import { onDatabase, triggersStatus } from '../../change-feed/triggers/install.js';
import { count, plural, size, time } from '../text.js';
import { type LogStatus, logStatus, MAX_UNREAD, type ReaderStatus } from './change-log.js';
import type { Finding } from './finding.js';

/** Which part of the log is kept. */
export interface LogLimits {
  /** Milliseconds. */
  readonly retention: number;
  readonly maxLogRows: number;
}

const INSTALL = 'npx nest-larder triggers install';
/** A reader that saved its position longer ago, in milliseconds, has stopped if there is something to read. */
const MAX_IDLE = 60_000;
/** Readers trim the log now and then: that many times of what is kept is reported. */
const TOLERANCE = 2;

/**
 * Checks whether the triggers of the change feed log every change, whether the log is read, and whether values can depend on the
 * queries that are known.
 *
 * @param hasParser whether `libpg-query` is installed
 */
export async function checkPostgres(url: string, limits: LogLimits, hasParser: boolean): Promise<readonly Finding[]> {
  try {
    const tables = await triggersStatus(url);
    if (tables.length === 0) return [problem('No table is watched', `Run ${INSTALL}`)];
    const problems = tables.flatMap(({ table, problems: ofTable }) =>
      ofTable.map((text) =>
        problem(text.includes(table) ? text : `${table}: ${text}`, `Run ${INSTALL} as the owner of the table`),
      ),
    );
    const watched = tables.map(({ table }) => table).join(', ');
    const fine: Finding = {
      area: 'postgresql',
      level: 'ok',
      text: `${plural(tables.length, 'watched table is', 'watched tables are')} in order: ${watched}`,
    };
    const broken = tables.filter(({ problems: ofTable }) => ofTable.length > 0).map(({ table }) => table);
    const log = await logStatus(url);
    return [
      ...(problems.length > 0 ? problems : [fine]),
      ...(log === undefined ? [] : findingsOfLog(log, limits)),
      ...findingsOfQueries(await onDatabase(url, findSuggestions), broken, hasParser),
    ];
  } catch (error) {
    if (!(error instanceof LarderError)) throw error;
    return [{ area: 'postgresql', level: 'problem', text: messageOf(error).replace(/\.$/, '') }];
  }
}

/**
 * Findings about methods with `dependsOn: 'queries'`, by what their queries have read so far.
 *
 * @param broken tables whose problems are named already
 */
function findingsOfQueries(
  used: readonly Suggestion[],
  broken: readonly string[],
  hasParser: boolean,
): readonly Finding[] {
  if (used.length === 0) return [];
  const parser = problem(
    "Methods have dependsOn: 'queries', and the package libpg-query is not installed: the application does not start",
    'npm install libpg-query',
  );
  const tables = used.flatMap((one) => (broken.includes(one.table) ? [] : (findingOfTable(one) ?? [])));
  const fine: Finding = {
    area: 'postgresql',
    level: 'ok',
    text: `${plural(used.length, 'table is', 'tables are')} read by cached queries, and watched by the columns that they use`,
  };
  return [...(hasParser ? [] : [parser]), ...(tables.length > 0 || broken.length > 0 ? tables : [fine])];
}

function findingOfTable(used: Suggestion): Finding | undefined {
  const { table, isWatched, missing, obstacles } = used;
  const [obstacle] = obstacles;
  if (obstacle !== undefined) {
    const remedy = `Leave dependsOn out of the methods that read ${table}, and declare their targets`;
    return warning(`Values read from ${table} are not stored: ${obstacle}`, remedy);
  }
  if (!isToDo(used)) return undefined;
  return isWatched
    ? warning(
        `Each change of ${table} invalidates all values that depend on its ${missing.join(', ')}, which its triggers do not write`,
        `Run ${INSTALL} as the owner of the table`,
      )
    : warning(
        `Values read from ${table} are not stored: it has no triggers, or not all that it needs`,
        `Run ${INSTALL} as the owner of the table`,
      );
}

function findingsOfLog(log: LogStatus, limits: LogLimits): readonly Finding[] {
  const readers = log.readers.flatMap((reader) => findingOfReader(reader) ?? []);
  const none = warning(
    'No process has followed the changes yet',
    'Start the application with the option changeFeed of LarderModule.forRoot',
  );
  return [findingOfSize(log, limits), ...(log.readers.length === 0 ? [none] : readers)];
}

function findingOfSize({ rows, bytes, oldest = 0 }: LogStatus, { retention, maxLogRows }: LogLimits): Finding {
  const text = `The change log has ${plural(rows, 'row', 'rows')} (${size(bytes)})`;
  const isTooLarge = rows > TOLERANCE * maxLogRows || oldest > TOLERANCE * retention;
  if (!isTooLarge) return { area: 'postgresql', level: 'ok', text };
  return warning(
    `${text}, the oldest ${time(oldest)} old; it should keep ${time(retention)} and ${count(maxLogRows)} rows`,
    'Only a process that follows the changes deletes them: start one, or remove the triggers with npx nest-larder triggers remove',
  );
}

function findingOfReader({ name, idle, unread, hasMissed }: ReaderStatus): Finding | undefined {
  if (hasMissed) {
    return warning(
      `Changes were deleted before the reader ${name} had read them`,
      'It invalidates all that its rules cover when it reads again; raise LARDER_CHANGE_FEED_RETENTION if it may be away longer',
    );
  }
  if (unread === 0 || idle < MAX_IDLE) return undefined;
  const changes = `${unread === MAX_UNREAD ? 'at least ' : ''}${plural(unread, 'row', 'rows')}`;
  return problem(
    `The reader ${name} has read nothing for ${time(idle)}, and ${changes} of the log are waiting`,
    'Start a process with the change feed; if one runs, its log says why it cannot read',
  );
}

function problem(text: string, remedy: string): Finding {
  return { area: 'postgresql', level: 'problem', text, remedy };
}

function warning(text: string, remedy: string): Finding {
  return { area: 'postgresql', level: 'warning', text, remedy };
}
