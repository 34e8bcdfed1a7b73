import type { Client } from 'pg';
import { Analyser } from '../../../libs/larder/src/dependencies/analysis/analyser.js';
import type { Analysis } from '../../../libs/larder/src/dependencies/analysis/analysis.js';
import { RULES, type Rules } from '../../../libs/larder/src/dependencies/analysis/rules.js';
import type { PgResult } from '../../../libs/larder/src/dependencies/observation/driver/pg-parts.js';
import { resultOf } from '../../../libs/larder/src/dependencies/observation/driver/result-rows.js';
import { Random } from '../history/random.js';
import { changeOf } from './changes.js';
import { databaseOf } from './client-database.js';
import { dataOf, familyOf, SCHEMA } from './world.js';

export interface GeneratedQuery {
  readonly text: string;
  readonly values: readonly unknown[];
  /** The tables whose changes it is compared under; all if none. */
  readonly tables?: readonly string[];
  /** The only change that it is compared under. */
  readonly change?: string;
}
export type Shape = (random: Random) => GeneratedQuery;

export interface Figures {
  comparisons: number;
  /** Of them, those whose answer changed, and those that the dependencies called affected. */
  changed: number;
  affected: number;
  /** Queries that the server or the analyser refused. */
  invalid: number;
  notCached: number;
  cached: number;
}

/** An answer that changed while its dependencies say that it did not. */
export interface Unsound {
  readonly seed: number;
  readonly data: readonly string[];
  readonly query: GeneratedQuery;
  readonly change: string;
  readonly analysis: Analysis;
}

interface LogRow {
  readonly name: string;
  readonly op: string;
  readonly old: Readonly<Record<string, string | null>> | null;
  readonly new: Readonly<Record<string, string | null>> | null;
}

const QUERIES = 20;
const CHANGES = 12;

/** Compares answers before and after changes with what the analyser says of them. */
export class Proof {
  readonly figures: Figures = { comparisons: 0, changed: 0, affected: 0, invalid: 0, notCached: 0, cached: 0 };
  readonly reasons = new Map<string, number>();

  private constructor(
    private readonly client: Client,
    private readonly analyser: Analyser,
  ) {}

  /** On a database of its own. */
  static async open(client: Client, rules: Rules = RULES): Promise<Proof> {
    const [found] = (await client.query(`select to_regclass('log') is not null as exists`)).rows;
    if (!found.exists) await client.query(SCHEMA);
    return new Proof(client, await Analyser.open({ database: databaseOf(client), rules }));
  }

  /** Generated data, queries and changes of one seed. Returns the first that is unsound. */
  async round(seed: number, shapes: readonly Shape[]): Promise<Unsound | undefined> {
    const random = new Random(seed);
    const data = dataOf(random);
    const queries = Array.from({ length: QUERIES }, () => random.oneOf(shapes)(random));
    const changes = queries
      .slice(0, CHANGES)
      .map(({ tables, change }) => change ?? changeOf(random, random.below(4) === 0 ? [] : tables));
    await this.client.query('begin');
    try {
      await this.client.query([...data, 'savepoint filled'].join(';\n'));
      return await this.#compare(seed, data, queries, changes);
    } finally {
      await this.client.query('rollback; deallocate all');
    }
  }

  /** The same with as few rows as show it. */
  async shrink(unsound: Unsound): Promise<Unsound> {
    let least = unsound;
    for (const insert of unsound.data) {
      const data = least.data.filter((one) => one !== insert);
      await this.client.query('begin');
      try {
        await this.client.query([...data, 'savepoint filled'].join(';\n'));
        least = (await this.#compare(unsound.seed, data, [unsound.query], [unsound.change])) ?? least;
      } catch {
        // Another row refers to it.
      } finally {
        await this.client.query('rollback; deallocate all');
      }
    }
    return least;
  }

  async #compare(
    seed: number,
    data: readonly string[],
    queries: readonly GeneratedQuery[],
    changes: readonly string[],
  ): Promise<Unsound | undefined> {
    const asked: { query: GeneratedQuery; analysis: Exclude<Analysis, { reason: string }>; execute: string }[] = [];
    for (const [index, query] of queries.entries()) {
      const execute = await this.#prepare(query, `q${index}`);
      if (execute === undefined) continue;
      const analysis = await this.#analyse(query);
      if (analysis !== undefined) asked.push({ query, analysis, execute });
    }
    if (asked.length === 0) return undefined;
    const executes = asked.map(({ execute }) => execute).join('; ');
    const before = await this.#run(executes);
    for (const change of changes) {
      const results = await this.#run(`delete from log; ${change}; select * from log; ${executes}`, 'filled');
      if (results === undefined || before === undefined) continue;
      const first = results.length - asked.length;
      const log = (results[first - 1] ?? []) as unknown as LogRow[];
      for (const [index, { query, analysis }] of asked.entries()) {
        const hasChanged = results[first + index]?.[0]?.answer !== before[index]?.[0]?.answer;
        const affected = isAffected(analysis, log);
        this.figures.comparisons++;
        if (hasChanged) this.figures.changed++;
        if (affected) this.figures.affected++;
        if (hasChanged && !affected) return { seed, data, query, change, analysis };
      }
    }
    return undefined;
  }

  /** Its EXECUTE gives one text for all rows, in any order. */
  async #prepare({ text, values }: GeneratedQuery, name: string): Promise<string | undefined> {
    const types = values.length === 0 ? '' : `(${values.map((value) => (value === null ? 'null' : sqlOf(value)))})`;
    const answer = `select coalesce(string_agg(row::text, '|' order by row::text), '') as answer from (${text}) row`;
    await this.client.query('savepoint prepared');
    try {
      await this.client.query(`prepare ${name} as ${answer}; execute ${name}${types}`);
      return `execute ${name}${types}`;
    } catch {
      this.figures.invalid++;
      await this.client.query('rollback to prepared');
      await this.client.query(`deallocate ${name}`).catch(() => this.client.query('rollback to prepared'));
      return undefined;
    }
  }

  async #analyse({ text, values }: GeneratedQuery): Promise<Exclude<Analysis, { reason: string }> | undefined> {
    await this.client.query('savepoint asked');
    try {
      const result = await this.client.query({ text, values: [...values] });
      const analysis = await this.analyser.dependenciesOf({ text, values, ...resultOf(result as PgResult) });
      if (!('reason' in analysis)) {
        this.figures.cached++;
        return analysis;
      }
      this.figures.notCached++;
      this.reasons.set(analysis.reason, 1 + (this.reasons.get(analysis.reason) ?? 0));
    } catch {
      // The parameters got other types than in the prepared statement.
      this.figures.invalid++;
      await this.client.query('rollback to asked');
    }
    return undefined;
  }

  /** The rows of each statement; undefined if one failed. Undoes what it did. */
  async #run(statements: string, savepoint = 'filled'): Promise<Record<string, string>[][] | undefined> {
    try {
      const results = await this.client.query(`savepoint here; ${statements}`);
      return (results as unknown as { rows: Record<string, string>[] }[]).slice(1).map(({ rows }) => rows);
    } catch {
      return undefined;
    } finally {
      await this.client.query(`rollback to ${savepoint}`);
    }
  }
}

/** Section 4 of the design: old and new value of the column, or any row of the table; R8 for updates. */
function isAffected({ dependencies, columns }: Exclude<Analysis, { reason: string }>, log: readonly LogRow[]): boolean {
  return log.some(({ name, op, old, new: after }) =>
    familyOf(name).some((table) =>
      dependencies.some((dependency) => {
        if (dependency.table !== `public.${table}`) return false;
        if (op === 'TRUNCATE') return true;
        const used = columns.filter((one) => one.table === dependency.table).map(({ column }) => column);
        if (op === 'UPDATE' && used.every((column) => old?.[column] === after?.[column])) return false;
        if (dependency.column === undefined) return true;
        const { column, values } = dependency;
        return [old?.[column], after?.[column]].some((value) => typeof value === 'string' && values.includes(value));
      }),
    ),
  );
}

function sqlOf(value: unknown): string {
  if (Array.isArray(value)) return `'{${value.map((one) => (one === null ? 'null' : `"${one}"`))}}'`;
  return `'${value}'`;
}
