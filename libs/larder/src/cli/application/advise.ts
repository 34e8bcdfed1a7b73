import type { Environment } from '../../options/option.js';
import { demandAtMost, duration, parseArguments } from '../arguments.js';
import type { Terminal } from '../terminal.js';
import { plural, printable } from '../text.js';
import { type Advice, adviceFor } from './advice.js';
import { statisticsOf } from './process-statistics.js';
import { simulatedAdviceOf, toAdvice } from './simulated-advice.js';

const DEFAULT_TIMEOUT = 10_000;
const MAX_ADVICE = 50;

const USAGE = `npx nest-larder advise --url <url> [options]

  Says what the adviser of running processes (LARDER_ADVISER) and their statistics suggest to change, with the figures that lead to it.
  If LARDER_REDIS_URL is set, it reads the invalidations in Redis too.

  --url <url>      the admin routes of a process, such as http://localhost:3000/admin/cache; repeat it for several processes.
                   LARDER_ADMIN_TOKEN is sent as a bearer token
  --timeout <time> how long to wait for a process; default 10s
  --json           prints the advice as JSON
  --help           prints this text

  The exit code is 0 with and without advice, 1 if Redis or a process does not answer, and 2 for an invalid command line or environment.
`;

/** Runs `nest-larder advise`. */
export async function advise(argv: readonly string[], env: Environment, terminal: Terminal): Promise<number> {
  const parsed = parseArguments(argv, { url: 'texts', timeout: 'text' }, USAGE, terminal);
  if (parsed === undefined) return 0;
  const { values, others } = parsed;
  demandAtMost(0, others);
  const timeout = duration('--timeout', values.timeout, DEFAULT_TIMEOUT);
  const urls = values.url ?? [];
  const [processes, redis] = await Promise.all([statisticsOf(urls, env, timeout), redisOf(env)]);
  const simulated = await simulatedAdviceOf(urls, env, timeout);
  const all = [...toAdvice(simulated), ...adviceFor(processes, redis, simulated.length > 0)];
  terminal.print(values.json ? JSON.stringify({ advice: all, simulated }, undefined, 2) : pageOf(all));
  return 0;
}

async function redisOf(env: Environment) {
  if (!env.LARDER_REDIS_URL || env.LARDER_REDIS_URL === 'off') return undefined;
  const { redisStatistics } = await import('../shared-cache/statistics.js');
  return redisStatistics(env);
}

function pageOf(all: readonly Advice[]): string {
  if (all.length === 0) return 'No advice: the figures suggest no change, or there are too few of them yet.';
  const shown = all.slice(0, MAX_ADVICE);
  const lines = shown.flatMap(({ subject, figures, remedy }) => [
    printable(subject),
    `  ${printable(figures)}.`,
    ...(remedy === '' ? [] : [`  → ${remedy}.`]),
  ]);
  const left = all.length - shown.length;
  return [
    ...lines,
    ...(left > 0 ? [`… and ${plural(left, 'further advice', 'further pieces of advice')} (--json)`] : []),
  ].join('\n');
}
