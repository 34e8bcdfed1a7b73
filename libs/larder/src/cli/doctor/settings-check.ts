import { LarderOptionsError } from '../../base/errors.js';
import { risksOfToken } from '../../config/production-risks.js';
import { type Settings, toSettings } from '../../config/settings.js';
import type { Environment } from '../../options/option.js';
import type { Finding } from './finding.js';

/** The settings of an environment, as far as they are valid, and what is wrong with them. */
export interface CheckedSettings {
  /** `undefined` if a variable is invalid. */
  readonly settings: Settings | undefined;
  readonly findings: readonly Finding[];
}

/** Reads the environment as `LarderModule.forRoot()` does. */
export function checkSettings(env: Environment): CheckedSettings {
  const risks = risksOfToken(env.LARDER_ADMIN_TOKEN).map(
    (text): Finding => ({ area: 'settings', level: 'warning', text, remedy: 'Generate one: openssl rand -hex 32' }),
  );
  try {
    const settings = toSettings({}, env);
    const findings = [...risks, ...sharingOf(settings)];
    if (findings.length > 0) return { settings, findings };
    return { settings, findings: [{ area: 'settings', level: 'ok', text: 'Every variable is known and valid' }] };
  } catch (error) {
    if (!(error instanceof LarderOptionsError)) throw error;
    const problems = error.problems.map(
      (text): Finding => ({
        area: 'settings',
        level: 'problem',
        text,
        remedy: 'Correct the variable; docs/configuration.md',
      }),
    );
    return { settings: undefined, findings: [...problems, ...risks] };
  }
}

function sharingOf({ isRedisOff, redis }: Settings): Finding[] {
  if (redis !== undefined) return [];
  const text = isRedisOff ? 'Redis is switched off' : 'LARDER_REDIS_URL is not set';
  const remedy =
    'Run a single process, or set LARDER_REDIS_URL: several processes would not see each other’s invalidations';
  return [{ area: 'settings', level: 'warning', text, remedy }];
}
