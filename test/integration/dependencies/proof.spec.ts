import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { Analyser } from '../../../libs/larder/src/dependencies/analysis/analyser.js';
import { RULES } from '../../../libs/larder/src/dependencies/analysis/rules.js';
import { databaseOf } from '../../support/dependencies/client-database.js';
import { MUTANTS } from '../../support/dependencies/mutants.js';
import { plannedTables } from '../../support/dependencies/planned-tables.js';
import { Proof, type Shape } from '../../support/dependencies/proof.js';
import { AIMED } from '../../support/dependencies/shapes/aimed.js';
import { anyQuery } from '../../support/dependencies/shapes/any-query.js';
import { familyOf } from '../../support/dependencies/world.js';
import { Random } from '../../support/history/random.js';
import { PostgresServer } from '../../support/servers/postgres-server.js';

const COMPARISONS = Number(process.env.LARDER_TEST_COMPARISONS ?? 10_000);
/** A mutant that lives that long is not caught. */
const MUTANT_COMPARISONS = 5000;
/** Of a run that has its own: `LARDER_TEST_SEED`. */
const FIRST_SEED = Number(process.env.LARDER_TEST_SEED ?? 1);

let server: PostgresServer;
let client: Client;
beforeAll(async () => {
  server = await PostgresServer.start(['fsync=off', 'jit=off']);
  client = new Client({ connectionString: server.url });
  await client.connect();
}, 60_000);
afterAll(async () => {
  await client?.end();
  await server?.stop();
});

it(`finds no answer that changed unseen in ${COMPARISONS} comparisons`, async () => {
  const proof = await Proof.open(client);
  const shapes: readonly Shape[] = [anyQuery, ...Object.values(AIMED).flatMap((shape) => [shape, anyQuery])];
  for (let seed = FIRST_SEED; proof.figures.comparisons < COMPARISONS; seed++) {
    const unsound = await proof.round(seed, shapes);
    expect(unsound && (await proof.shrink(unsound))).toBeUndefined();
  }
  // Without these the proof would compare nothing.
  const { comparisons, changed, affected } = proof.figures;
  expect(changed).toBeGreaterThan(comparisons / 50);
  expect(affected).toBeLessThan(comparisons / 2);
}, 3_600_000);

describe('the proof notices that', () => {
  it.each(MUTANTS)(
    '$rule: $wrong',
    async ({ shapes, rules }) => {
      const proof = await Proof.open(client, { ...RULES, ...rules });
      const aimed = shapes.map((name) => AIMED[name] as Shape);
      let isCaught = false;
      for (let seed = 1; !isCaught && proof.figures.comparisons < MUTANT_COMPARISONS; seed++)
        isCaught = (await proof.round(seed, aimed)) !== undefined;
      expect(isCaught).toBe(true);
    },
    120_000,
  );
});

it('names every table that the plan of the server reads', async () => {
  await Proof.open(client);
  const analyser = await Analyser.open({ database: databaseOf(client) });
  const random = new Random(FIRST_SEED);
  let planned = 0;
  for (let count = 0; count < 80; count++) {
    const { text, values } = anyQuery(random);
    const tables = await plannedTables(client, text).catch(() => undefined);
    const analysis = await analyser.dependenciesOf({ text, values, rows: undefined, fields: [] });
    if (tables === undefined || 'reason' in analysis) continue;
    const named = new Set([...analysis.dependencies, ...analysis.columns].map(({ table }) => table));
    for (const table of tables) {
      const family = familyOf(table.replace('public.', '')).map((name) => `public.${name}`);
      expect({ text, table, isNamed: family.some((name) => named.has(name)) }).toMatchObject({ isNamed: true });
    }
    planned += tables.size;
  }
  expect(planned).toBeGreaterThan(50);
}, 120_000);
