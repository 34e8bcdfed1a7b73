import { LarderError, messageOf } from '../../base/errors.js';
import { triggersStatus } from '../../change-feed/triggers/install.js';
import type { Finding } from './finding.js';

const INSTALL = 'npx nest-larder triggers install';

/** Checks whether the triggers of the change feed log every change. */
export async function checkPostgres(url: string): Promise<readonly Finding[]> {
  try {
    const tables = await triggersStatus(url);
    if (tables.length === 0) {
      return [{ area: 'postgresql', level: 'problem', text: 'No table is watched', remedy: `Run ${INSTALL}` }];
    }
    const problems = tables.flatMap(({ table, problems: ofTable }) =>
      ofTable.map(
        (text): Finding => ({
          area: 'postgresql',
          level: 'problem',
          text: `${table}: ${text}`,
          remedy: `Run ${INSTALL} as the owner of the table`,
        }),
      ),
    );
    if (problems.length > 0) return problems;
    return [{ area: 'postgresql', level: 'ok', text: `${tables.length} watched tables are in order` }];
  } catch (error) {
    if (!(error instanceof LarderError)) throw error;
    return [{ area: 'postgresql', level: 'problem', text: messageOf(error) }];
  }
}
