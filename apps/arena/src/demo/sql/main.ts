import { Client } from 'pg';
import { loadEnvFile } from '../../platform/config/env-file.js';
import { databaseAddress, NoDatabase } from '../telephone-system/database-address.js';

// A program of its own, like psql: it runs one statement on arena's database, and knows nothing of arena or its cache.

const [statement] = process.argv.slice(2);
try {
  loadEnvFile();
  if (statement === undefined) {
    throw new NoDatabase(`Name a statement: npm run sql -- "update tournaments set name = 'Renamed' where id = 1"`);
  }
  const client = new Client(await databaseAddress(process.env));
  await client.connect();
  try {
    const { command, rowCount, rows } = await client.query(statement);
    if (rows.length > 0) console.table(rows.slice(0, 20));
    console.log(`${command}: ${rowCount} rows.`);
  } finally {
    await client.end();
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
