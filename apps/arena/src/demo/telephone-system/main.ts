import { loadEnvFile } from '../../platform/config/env-file.js';
import { databaseAddress, NoDatabase } from './database-address.js';
import { pace, WrongArguments } from './pace.js';
import { NoAgents, takeCalls } from './telephone-system.js';

// A program of its own, like a real telephone system: it shares only the database with arena.

try {
  loadEnvFile();
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  const wanted = pace(process.argv.slice(2));
  const taken = await takeCalls(await databaseAddress(process.env), wanted, stopping.signal, console.log);
  const dashboard =
    wanted.user === undefined ? 'the dashboards of their teams' : `the dashboard of user ${wanted.user}`;
  console.log(`${taken} calls taken. See them on ${dashboard}.`);
} catch (error) {
  const isExpected = [WrongArguments, NoDatabase, NoAgents].some((type) => error instanceof type);
  console.error(isExpected ? (error as Error).message : error);
  process.exitCode = error instanceof WrongArguments ? 2 : 1;
}
