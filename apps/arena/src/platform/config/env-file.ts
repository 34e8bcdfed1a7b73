import { existsSync } from 'node:fs';

/** Adds the variables of a `.env` in the working directory, if there is one, to the environment; those that are set stay. */
export function loadEnvFile(): void {
  if (existsSync('.env')) process.loadEnvFile('.env');
}
