import { messageOf } from '../../base/errors.js';
import type { Explained, Observed, ObservedRead, Tracker } from '../../cache/observed/tracker.js';
import type { Use } from '../../change-feed/triggers/used-columns.js';
import type { Analysis } from '../analysis/analysis.js';
import type { Dependency } from '../dependency.js';
import type { QueryObserver } from '../observation/query-observer.js';
import type { Observation, ObservedQuery } from '../observed-query.js';
import { namesOf, showDependency } from './dependency-names.js';
import type { Moment } from './known-uses.js';

type Analysed = Extract<Analysis, { readonly dependencies: unknown }>;
type Read =
  | Omit<Extract<Observed<unknown>, { readonly dependencies: unknown }>, 'value'>
  | { readonly reason: string; readonly isPassing?: boolean };

/** What is known of the database. */
export interface Knowledge {
  /** The moment at which a load begins. */
  begin(): Moment;
  /** Why nothing can be cached by its queries now; `undefined` if it can. */
  readonly problem: string | undefined;
  analyse(query: ObservedQuery): Analysis | Promise<Analysis>;
  /** Why changes of a table may be missed. */
  problemOf(table: string): string | undefined;
  /** Whether a load that began at this moment may rest on these uses. */
  isFollowed(uses: readonly Use[], began: Moment): boolean;
  /** Registers uses for the loads that begin later. */
  register(uses: readonly Use[]): Promise<void>;
}

/** Characters of a query that a reason shows. */
const MAX_SHOWN = 120;

/** Observes the queries of loads, and tells what they were read from. */
export class QueryTracker implements Tracker {
  constructor(
    private readonly observer: QueryObserver,
    private readonly knowledge: Knowledge,
  ) {}

  async run<T>(load: () => T | Promise<T>): Promise<Observed<T>> {
    const { knowledge } = this;
    const began = knowledge.begin();
    if (knowledge.problem !== undefined) {
      return { value: await load(), reason: knowledge.problem, isPassing: true };
    }
    const { value, observation } = await this.observer.run(load);
    try {
      return { value, ...(await this.#read(observation, began)) };
    } catch (error) {
      return { value, reason: `its queries could not be followed (${messageOf(error)})` };
    }
  }

  /** Registers nothing: it is no load on which a stored value may rest. */
  readonly explain = async <T>(load: () => T | Promise<T>): Promise<Explained<T>> => {
    const { value, observation } = await this.observer.run(load);
    if ('reason' in observation) return { value, reads: [] };
    try {
      return { value, reads: (await Promise.all(observation.queries.map((query) => this.#readsOf(query)))).flat() };
    } catch {
      return { value, reads: [] };
    }
  };

  async #readsOf(query: ObservedQuery): Promise<ObservedRead[]> {
    const analysis = await this.knowledge.analyse(query);
    if ('reason' in analysis) return [];
    const rows = query.rows ?? [];
    return analysis.dependencies.map(({ table, ...narrowed }) => {
      const { column, values } = { column: undefined, values: [], ...narrowed };
      return { table, column, values, query: analysis.text, rows };
    });
  }

  async #read(observation: Observation, began: Moment): Promise<Read> {
    if ('reason' in observation) return { reason: observation.reason };
    const { knowledge } = this;
    const found: Analysed[] = [];
    for (const query of observation.queries) {
      const analysing = knowledge.analyse(query);
      const analysis = analysing instanceof Promise ? await analysing : analysing;
      if ('reason' in analysis) return { reason: `of a query: ${analysis.reason} (${shown(query.text)})` };
      found.push(analysis);
    }
    const uses = found.flatMap(usesOf);
    if (!knowledge.isFollowed(uses, began)) {
      await knowledge.register(uses);
      const problem = uses.map(({ table }) => knowledge.problemOf(table)).find((one) => one !== undefined);
      if (problem !== undefined) return { reason: problem };
      return { reason: 'its queries are registered for the next load', isPassing: true };
    }
    if (knowledge.problem !== undefined) return { reason: knowledge.problem, isPassing: true };
    return {
      dependencies: found.flatMap(({ dependencies, text }) =>
        dependencies.flatMap((dependency) => explained(dependency, text)),
      ),
      wholeTables: found.flatMap(({ unnarrowed, text }) => unnarrowed.map((table) => ({ table, query: text }))),
    };
  }
}

function usesOf({ dependencies, columns }: Analysed): Use[] {
  return [
    ...dependencies.map(({ table, column }) => ({ table, column: column ?? '', isKey: column !== undefined })),
    ...columns.map((column) => ({ ...column, isKey: false })),
  ];
}

function explained(dependency: Dependency, text: string): { name: string; text: string }[] {
  const [everything, ...rows] = namesOf(dependency) as [string, ...string[]];
  const { table } = dependency;
  const textOf = (index: number) =>
    dependency.column === undefined
      ? showDependency(dependency)
      : showDependency({ ...dependency, values: [dependency.values[index] as string] });
  return [
    { name: everything, text: `unknown rows of ${table}` },
    ...rows.map((name, index) => ({ name, text: `${textOf(index)}, by: ${text}` })),
  ];
}

function shown(text: string): string {
  // A long list of values is folded no further than is shown.
  const part = text.slice(0, 4 * MAX_SHOWN);
  const line = part.replaceAll(/\s+/g, ' ').trim();
  return line.length > MAX_SHOWN || part.length < text.length ? `${line.slice(0, MAX_SHOWN - 1)}…` : line;
}
