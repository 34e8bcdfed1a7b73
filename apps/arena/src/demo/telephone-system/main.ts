import { loadEnvFile } from '../../platform/config/env-file.js';
import { databaseAddress, NoDatabase } from './database-address.js';
import { pace, WrongArguments } from './pace.js';
import { takeCalls } from './telephone-system.js';

// Another program than arena: it shares nothing with it but the database, as a telephone system would.

try {
  loadEnvFile();
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  const wanted = pace(process.argv.slice(2));
  const taken = await takeCalls(await databaseAddress(process.env), wanted, stopping.signal, console.log);
  console.log(`${taken} calls taken.`);
} catch (error) {
  console.error(error instanceof WrongArguments || error instanceof NoDatabase ? error.message : error);
  process.exitCode = error instanceof WrongArguments ? 2 : 1;
}
