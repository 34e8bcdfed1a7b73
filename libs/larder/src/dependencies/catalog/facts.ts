import { createHash } from 'node:crypto';
import type { Database } from '../../postgres/session.js';
import {
  COLUMNS,
  CONSTRAINTS,
  type ColumnRow,
  type ConstraintRow,
  INHERITANCE,
  type InheritanceRow,
  NAMES_ELSEWHERE,
  type NameRow,
  RELATIONS,
  type RelationRow,
  SETTINGS,
  type SettingsRow,
  STATISTICS,
  type StatisticsRow,
  TRIGGERS,
  TYPES,
  type TypeRow,
} from './queries.js';

/** The rows of the catalogue, and what tells them from those of another moment (rule 21). */
export interface CatalogFacts {
  readonly relations: readonly RelationRow[];
  readonly columns: readonly ColumnRow[];
  readonly types: readonly TypeRow[];
  readonly constraints: readonly ConstraintRow[];
  readonly inheritance: readonly InheritanceRow[];
  readonly elsewhere: readonly NameRow[];
  readonly settings: SettingsRow;
  readonly statistics: readonly StatisticsRow[];
  readonly fingerprint: string;
}

/** Reads the catalogue in one snapshot. */
export async function readFacts(database: Database): Promise<CatalogFacts> {
  const [settings] = await database.query<SettingsRow>(SETTINGS);
  if (settings === undefined) throw new Error('PostgreSQL told no settings');
  await database.query('begin isolation level repeatable read read only');
  try {
    await database.query(`set local search_path = ''`);
    const facts = {
      relations: await database.query<RelationRow>(RELATIONS),
      columns: await database.query<ColumnRow>(COLUMNS),
      types: await database.query<TypeRow>(TYPES),
      constraints: await database.query<ConstraintRow>(CONSTRAINTS),
      inheritance: await database.query<InheritanceRow>(INHERITANCE),
      elsewhere: await database.query<NameRow>(NAMES_ELSEWHERE),
      settings,
    };
    const triggers = await database.query(TRIGGERS);
    const fingerprint = createHash('sha256')
      .update(JSON.stringify([facts, triggers]))
      .digest('base64url');
    return { ...facts, fingerprint, statistics: await database.query<StatisticsRow>(STATISTICS) };
  } finally {
    await database.query('rollback');
  }
}
