import { LarderOptionsError } from '../../base/errors.js';
import type { EntryInfo } from '../../cache/reads/inspector.js';
import { parsePath } from '../../keys/named-target.js';
import type { Environment } from '../../options/option.js';
import { demandAtMost, duration, parseArguments } from '../arguments.js';
import { withJoinedNode } from '../shared-cache/joined-node.js';
import type { Terminal } from '../terminal.js';
import { printable, size, time } from '../text.js';

const DEFAULT_TIMEOUT = 10_000;

const USAGE = `npx nest-larder inspect <key> [options]

  Explains whether a read of a key is a hit or a miss, and why. The key is a path as \`keys\` prints it (tournaments:7), or JSON
  ('["tournaments",7]'). Shows the entry in Redis, without its value.

  --url <url>       asks a running process, whose memory comes first: its admin routes, such as http://localhost:3000/admin/cache.
                    LARDER_ADMIN_TOKEN is sent as a bearer token
  --timeout <time>  how long to wait for the process; default 10s
  --json            prints the entry as JSON
  --help            prints this text

  The exit code is 0, 1 if nothing is stored or Redis does not answer, and 2 for an invalid command line or environment.
`;

/** Runs `nest-larder inspect`. */
export async function inspect(argv: readonly string[], env: Environment, terminal: Terminal): Promise<number> {
  const parsed = parseArguments(argv, { url: 'text', timeout: 'text' }, USAGE, terminal);
  if (parsed === undefined) return 0;
  const { values, others } = parsed;
  demandAtMost(1, others);
  if (!others[0]) throw new LarderOptionsError(['no key; name one, such as tournaments:7']);
  const path = parsePath(others[0]);
  const timeout = duration('--timeout', values.timeout, DEFAULT_TIMEOUT);
  const entry =
    values.url === undefined
      ? await withJoinedNode(env, ({ inspector }) => inspector.inspect(path))
      : await askProcess(values.url, others[0], env, timeout);
  if (entry === undefined) {
    terminal.complain(
      `Nothing is stored in Redis under ${printable(path)}: a read loads, unless the memory of its process has it.`,
    );
    return 1;
  }
  terminal.print(values.json ? JSON.stringify({ ...entry, ttl: finite(entry.ttl) }, undefined, 2) : pageOf(entry));
  return 0;
}

async function askProcess(url: string, key: string, env: Environment, timeout: number): Promise<EntryInfo> {
  const { AdminRoutes } = await import('../application/admin-routes.js');
  const { inspectAt } = await import('../application/steering.js');
  return inspectAt(new AdminRoutes(url, env, timeout), key);
}

function pageOf({ id, tier, verdict, reason, age, ttl, size: bytes, loadCost, tags }: EntryInfo): string {
  return [
    printable(id),
    `  found in    ${tier}`,
    `  verdict     ${verdict}`,
    `  reason      ${printable(reason)}`,
    `  age         ${time(age)}`,
    `  expires in  ${time(ttl)}`,
    `  size        ${size(bytes)} in memory`,
    `  load took   ${loadCost === 0 ? 'unknown' : time(loadCost)}`,
    `  tags        ${tags.length === 0 ? 'none' : printable(tags.join(', '))}`,
  ].join('\n');
}

function finite(number: number): number | null {
  return Number.isFinite(number) ? number : null;
}
