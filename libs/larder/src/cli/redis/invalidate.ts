import type { Environment } from '../../options/option.js';
import { parseArguments } from '../arguments.js';
import { withJoinedNode } from '../shared-cache/joined-node.js';
import { withSharedCache } from '../shared-cache/shared-cache.js';
import type { Terminal } from '../terminal.js';
import { previewAsJson, previewPage, printReport, reportAsJson } from './invalidation-report.js';
import { preview } from './preview.js';
import { parseTargets } from './targets.js';

const USAGE = `npx nest-larder invalidate <target…> [options]

  Invalidates keys, patterns and tags on every process, through the journal in Redis, as a process of the application does. A target is
  a path as \`keys\` prints it (tournaments:7; covers the keys below it), a pattern ('tournaments:*:scores'), or a key as JSON
  ('["tournaments",7]').

  --tag <name>   a tag; may be repeated
  --everything   everything that the processes share this prefix for
  --dry-run      counts the entries in Redis that the targets cover, and changes nothing
  --json         prints the result as JSON
  --help         prints this text

  The exit code is 0, 1 if Redis does not have all invalidations, and 2 for an invalid command line or environment.
`;

/** Runs `nest-larder invalidate`. */
export async function invalidate(argv: readonly string[], env: Environment, terminal: Terminal): Promise<number> {
  const kinds = { tag: 'texts', everything: 'flag', 'dry-run': 'flag' } as const;
  const parsed = parseArguments(argv, kinds, USAGE, terminal);
  if (parsed === undefined) return 0;
  const { values, others } = parsed;
  const targets = parseTargets(others, values.tag ?? [], values.everything ?? false);
  if (values['dry-run']) {
    const found = await withSharedCache(env, (cache) => preview(cache, targets));
    terminal.print(values.json ? previewAsJson(targets, found) : previewPage(targets, found));
    return 0;
  }
  const report = await withJoinedNode(env, ({ cache }) =>
    cache.attribute('console', () => cache.invalidateAll(targets)),
  );
  if (values.json) terminal.print(reportAsJson(report));
  else printReport(targets, report, terminal);
  return report.delivered === targets.length ? 0 : 1;
}
