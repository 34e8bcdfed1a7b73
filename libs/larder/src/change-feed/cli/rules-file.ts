import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LarderOptionsError } from '../../base/errors.js';
import type { WantedTable } from '../triggers/inspection.js';

/**
 * The tables of all rules that a module exports, alone or in lists, under whatever names.
 *
 * @throws LarderOptionsError if it cannot be loaded, or exports none
 */
export async function tablesOfRules(file: string): Promise<WantedTable[]> {
  const exported = await load(file);
  const rules = Object.values(exported).flat().filter(isRule);
  if (rules.length === 0) throw new LarderOptionsError([`--rules: ${file} exports nothing that onTable() makes`]);
  return [...new Set(rules)].map(({ table, columns }) => ({ table, columns }));
}

async function load(file: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(resolve(file)).href)) as Record<string, unknown>;
  } catch (error) {
    throw new LarderOptionsError([`--rules: ${file} cannot be loaded (${(error as Error).message})`]);
  }
}

/** Also true of rules of another copy of this package. */
function isRule(value: unknown): value is WantedTable {
  if (typeof value !== 'object' || value === null) return false;
  const { table, columns, invalidate } = value as Record<string, unknown>;
  return typeof table === 'object' && table !== null && Array.isArray(columns) && typeof invalidate === 'function';
}
