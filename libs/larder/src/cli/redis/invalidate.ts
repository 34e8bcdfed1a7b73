import { LarderOptionsError } from '../../base/errors.js';
import { preview } from '../../cache/shared-tier/preview.js';
import type { InvalidationReport } from '../../cache/writes/bulk-invalidation.js';
import { type NamedTarget, parseTargets } from '../../keys/named-target.js';
import type { Environment } from '../../options/option.js';
import { duration, parseArguments } from '../arguments.js';
import { withJoinedNode } from '../shared-cache/joined-node.js';
import { withSharedCache } from '../shared-cache/shared-cache.js';
import type { Terminal } from '../terminal.js';
import { previewAsJson, previewPage, printReport, reportAsJson } from './invalidation-report.js';

const DEFAULT_TIMEOUT = 10_000;

const USAGE = `npx nest-larder invalidate <target…> [options]

  Invalidates keys, patterns and tags on every process, through the journal in Redis, as a process of the application does. A target is
  a path as \`keys\` prints it (tournaments:7; covers the keys below it), a pattern ('tournaments:*:scores'), or a key as JSON
  ('["tournaments",7]').

  --tag <name>   a tag; may be repeated
  --everything   everything that the processes share this prefix for
  --url <url>    lets a running process do it, where Redis cannot be reached from here or there is none: its admin routes, such as
                 http://localhost:3000/admin/cache. LARDER_ADMIN_TOKEN is sent as a bearer token
  --timeout <time>  how long to wait for the process; default 10s
  --dry-run      counts the entries in Redis that the targets cover, and changes nothing
  --json         prints the result as JSON
  --help         prints this text

  The exit code is 0, 1 if Redis does not have all invalidations, and 2 for an invalid command line or environment.
`;

/** Runs `nest-larder invalidate`. */
export async function invalidate(argv: readonly string[], env: Environment, terminal: Terminal): Promise<number> {
  const kinds = { tag: 'texts', everything: 'flag', 'dry-run': 'flag', url: 'text', timeout: 'text' } as const;
  const parsed = parseArguments(argv, kinds, USAGE, terminal);
  if (parsed === undefined) return 0;
  const { values, others } = parsed;
  const targets = parseTargets(others, values.tag ?? [], values.everything ?? false);
  if (values.url !== undefined && (values['dry-run'] || values.everything)) {
    throw new LarderOptionsError([
      `--${values.everything ? 'everything' : 'dry-run'} works on Redis only, not with --url`,
    ]);
  }
  if (values['dry-run']) {
    const found = await withSharedCache(env, (cache) => preview(cache.tier, targets));
    terminal.print(values.json ? previewAsJson(targets, found) : previewPage(targets, found));
    return 0;
  }
  const report =
    values.url === undefined
      ? await withJoinedNode(env, ({ cache }) => cache.attribute('console', () => cache.invalidateAll(targets)))
      : await askProcess(values.url, targets, env, duration('--timeout', values.timeout, DEFAULT_TIMEOUT));
  if (values.json) terminal.print(reportAsJson(report));
  else printReport(targets, report, values.url === undefined ? 'command' : 'process', terminal);
  return report.delivered === targets.length ? 0 : 1;
}

async function askProcess(
  url: string,
  targets: readonly NamedTarget[],
  env: Environment,
  timeout: number,
): Promise<InvalidationReport> {
  const { AdminRoutes } = await import('../application/admin-routes.js');
  const { invalidateAt } = await import('../application/steering.js');
  return invalidateAt(new AdminRoutes(url, env, timeout), targets);
}
