import { readFileSync } from 'node:fs';
import type { Environment } from '../options/option.js';
import type { Run, Terminal } from './terminal.js';

interface Command {
  readonly summary: string;
  /** Loads the code of this command only: the start stays fast. */
  readonly load: () => Promise<Run>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  advise: {
    summary: 'says what the statistics of running processes suggest to change',
    load: async () => (await import('./application/advise.js')).advise,
  },
  audit: {
    summary: 'prints what the audit of running processes found',
    load: async () => (await import('./application/audit.js')).audit,
  },
  doctor: {
    summary: 'checks variables, Redis, triggers and packages, and says what to do',
    load: async () => (await import('./doctor/run.js')).run,
  },
  keys: {
    summary: 'lists the entries in Redis',
    load: async () => (await import('./redis/keys.js')).keys,
  },
  inspect: {
    summary: 'explains whether a read of a key is a hit or a miss',
    load: async () => (await import('./redis/inspect.js')).inspect,
  },
  invalidate: {
    summary: 'invalidates keys, patterns and tags on every process; --dry-run counts first',
    load: async () => (await import('./redis/invalidate.js')).invalidate,
  },
  migrate: {
    summary: 'moves an application from @nestjs/cache-manager to Larder; prints a diff first',
    load: async () => (await import('./migrate/run.js')).migrate,
  },
  stats: {
    summary: 'prints statistics of Redis, or of running processes',
    load: async () => (await import('./application/stats.js')).stats,
  },
  triggers: {
    summary: 'installs, checks and removes the triggers of the change feed',
    load: async () => {
      const { run } = await import('../change-feed/cli/run.js');
      return (argv, env, terminal) => run(['triggers', ...argv], env, terminal);
    },
  },
  warm: {
    summary: 'lets a running process load values before a caller asks for them',
    load: async () => (await import('./application/warm.js')).warm,
  },
};

const USAGE = `npx nest-larder <command> [options]

${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  ${name.padEnd(12)}${summary}`)
  .join('\n')}

  --help, -h  prints this text, or after a command its options
  --version   prints the version

  The commands read the environment of the application: LARDER_REDIS_URL, LARDER_KEY_PREFIX and so on.
  The exit code is 0 for success, 1 for a failure or a finding, and 2 for an invalid command line or environment.
`;

/**
 * Runs a command line.
 *
 * @param argv the arguments after the name of the program
 * @returns the exit code
 */
export async function main(argv: readonly string[], env: Environment, terminal: Terminal): Promise<number> {
  const [name = 'help', ...rest] = argv;
  if (name === '--version' || name === '-v') {
    terminal.print(version());
    return 0;
  }
  const isHelp = name === 'help' || name === '--help' || name === '-h';
  if (isHelp && rest[0] === undefined) {
    terminal.print(USAGE);
    return 0;
  }
  try {
    return isHelp ? await run(rest[0] as string, ['--help'], env, terminal) : await run(name, rest, env, terminal);
  } catch (error) {
    // By its code: the class is in the code of the library, which the help and the version do without.
    const { code, message } = error as { code?: unknown; message: string };
    if (!String(code).startsWith('LARDER_')) throw error;
    terminal.complain(message);
    return code === 'LARDER_OPTIONS' ? 2 : 1;
  }
}

async function run(name: string, argv: readonly string[], env: Environment, terminal: Terminal): Promise<number> {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) return unknown(name, terminal);
  return (await command.load())(argv, env, terminal);
}

async function unknown(name: string, { complain }: Terminal): Promise<number> {
  const { suggestion } = await import('../base/suggestion.js');
  complain(`Unknown command '${name.slice(0, 100)}'${suggestion(name.slice(0, 100), Object.keys(COMMANDS))}`);
  return 2;
}

function version(): string {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
}
