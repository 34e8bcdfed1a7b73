import { LarderError, messageOf } from '../../base/errors.js';
import type { Environment } from '../../options/option.js';
import { type ProcessStatistics, statisticsOf } from '../application/process-statistics.js';
import { count, printable } from '../text.js';
import type { Finding } from './finding.js';

/** Milliseconds that a process may take to answer. */
const TIMEOUT = 10_000;
/** A method without a single hit after so many loads is reported. */
const MIN_LOADS = 100;
const SEE = 'docs/not-cached.md lists each cause';

/** Asks running processes which methods are not cached, and why. */
export async function checkMethods(urls: readonly string[], env: Environment): Promise<readonly Finding[]> {
  try {
    const findings = (await statisticsOf(urls, env, TIMEOUT)).flatMap(findingsOf);
    const all = new Map(findings.map((finding) => [finding.text, finding]));
    if (all.size > 0) return [...all.values()];
    return [{ area: 'methods', level: 'ok', text: 'Every method that was called is cached' }];
  } catch (error) {
    if (!(error instanceof LarderError)) throw error;
    return [{ area: 'methods', level: 'problem', text: messageOf(error).replace(/\.$/, '') }];
  }
}

function findingsOf({ uncached = {}, methods }: ProcessStatistics): readonly Finding[] {
  const refused = Object.entries(uncached).map(([method, reason]) =>
    warning(`${method} is not cached: ${reason}`, remedyOf(reason)),
  );
  const unhelpful = Object.entries(methods)
    .filter(
      ([name, { hits, stale, loads }]) => hits + stale === 0 && loads >= MIN_LOADS && uncached[name] === undefined,
    )
    .map(([name, { loads }]) =>
      warning(
        `${name} was loaded ${count(loads)} times and never served from the cache`,
        'Leave parameters out of its key that the result does not depend on, or raise its ttl',
      ),
    );
  return [...refused, ...unhelpful];
}

function remedyOf(reason: string): string {
  if (!reason.includes('declares no scope')) return SEE;
  return "Add scope: 'shared' or scope: 'user' to its @Cacheable";
}

function warning(text: string, remedy: string): Finding {
  return { area: 'methods', level: 'warning', text: printable(text).replace(/\.$/, ''), remedy };
}
