import { existsSync } from 'node:fs';

/** Adds the variables of `.env` in the working directory, if it exists, to the environment; does not override set ones. */
export function loadEnvFile(): void {
  if (existsSync('.env')) process.loadEnvFile('.env');
}
