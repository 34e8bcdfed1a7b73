import type { Client } from 'pg';

interface Plan {
  readonly Schema?: string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly Plan[];
}

/** The tables that PostgreSQL's own plan of a statement reads, whatever its parameters. */
export async function plannedTables(client: Client, text: string): Promise<ReadonlySet<string>> {
  const { rows } = await client.query(`explain (generic_plan, verbose, format json) ${text}`);
  const tables = new Set<string>();
  const visit = (plan: Plan): void => {
    if (plan['Relation Name'] !== undefined) tables.add(`${plan.Schema}.${plan['Relation Name']}`);
    plan.Plans?.forEach(visit);
  };
  visit(rows[0]['QUERY PLAN'][0].Plan);
  return tables;
}
