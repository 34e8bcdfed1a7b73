import type { Argument } from '../connection.js';

/** Commands that any master can answer. */
const KEYLESS = new Set(['CLUSTER', 'CONFIG', 'DBSIZE', 'INFO', 'PING', 'PUBLISH', 'SCAN', 'TIME', 'WAIT']);

/** The key that decides which server of a cluster gets a command; `undefined` if any may. */
export function routingKeyOf(command: string, args: readonly Argument[]): Argument | undefined {
  const name = command.toUpperCase();
  if (KEYLESS.has(name)) return undefined;
  if (name === 'EVAL' || name === 'EVALSHA') return Number(args[1]) > 0 ? args[2] : undefined;
  if (name === 'XREAD') return args[args.findIndex((part) => String(part).toUpperCase() === 'STREAMS') + 1];
  return args[0];
}
