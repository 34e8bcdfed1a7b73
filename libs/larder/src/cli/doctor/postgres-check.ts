import { LarderError, messageOf } from '../../base/errors.js';
import { triggersStatus } from '../../change-feed/triggers/install.js';
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

/** Checks whether the triggers of the change feed log every change, and whether the log is read. */
export async function checkPostgres(url: string, limits: LogLimits): Promise<readonly Finding[]> {
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
    const log = await logStatus(url);
    return [...(problems.length > 0 ? problems : [fine]), ...(log === undefined ? [] : findingsOfLog(log, limits))];
  } catch (error) {
    if (!(error instanceof LarderError)) throw error;
    return [{ area: 'postgresql', level: 'problem', text: messageOf(error).replace(/\.$/, '') }];
  }
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
