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
export function readFacts(database: Database): Promise<CatalogFacts> {
  return inSnapshot(database, async (definitions) => {
    const statistics = await database.query<StatisticsRow>(STATISTICS);
    return { ...definitions, statistics };
  });
}

/** The fingerprint of the catalogue as it is now. */
export function fingerprintOf(database: Database): Promise<string> {
  return inSnapshot(database, async ({ fingerprint }) => fingerprint);
}

type Definitions = Omit<CatalogFacts, 'statistics'>;

async function inSnapshot<T>(database: Database, work: (definitions: Definitions) => Promise<T>): Promise<T> {
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
      .update(JSON.stringify([lasting(facts), triggers]))
      .digest('base64url');
    return await work({ ...facts, fingerprint });
  } finally {
    await database.query('rollback');
  }
}

/** Temporary tables come and go with the sessions that have them. No query that is analysed reads one. */
function lasting(facts: Omit<Definitions, 'fingerprint'>): Omit<Definitions, 'fingerprint'> {
  const passing = new Set(facts.relations.filter(({ persistence }) => persistence === 't').map(({ oid }) => oid));
  const isLasting = ({ relation }: { readonly relation: number }) => !passing.has(relation);
  return {
    ...facts,
    relations: facts.relations.filter(({ oid }) => !passing.has(oid)),
    columns: facts.columns.filter(isLasting),
    constraints: facts.constraints.filter(isLasting),
    types: facts.types.filter(({ schema }) => !schema.startsWith('pg_temp')),
    settings: { ...facts.settings, schemas: facts.settings.schemas.filter((schema) => !schema.startsWith('pg_temp')) },
  };
}
