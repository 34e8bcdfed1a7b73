import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LarderOptionsError } from '../../base/errors.js';
import type { WantedTable } from '../triggers/inspection.js';

/**
 * The tables of all rules that a module exports, as single rules or lists, under any name.
 *
 * @throws LarderOptionsError if the module cannot be loaded, or exports no rule
 */
export async function tablesOfRules(file: string): Promise<WantedTable[]> {
  const exported = await load(file);
  const rules = Object.values(exported).flat().filter(isRule);
  if (rules.length === 0) throw new LarderOptionsError([`--rules: ${file} exports no rule made by onTable()`]);
  return [...new Set(rules)].map(({ table, columns }) => ({ table, columns }));
}

async function load(file: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(resolve(file)).href)) as Record<string, unknown>;
  } catch (error) {
    throw new LarderOptionsError([`--rules: ${file} cannot be loaded (${(error as Error).message})`]);
  }
}

/** By shape: the rules may come from another copy of this package. */
function isRule(value: unknown): value is WantedTable {
  if (typeof value !== 'object' || value === null) return false;
  const { table, columns, invalidate } = value as Record<string, unknown>;
  return typeof table === 'object' && table !== null && Array.isArray(columns) && typeof invalidate === 'function';
}
