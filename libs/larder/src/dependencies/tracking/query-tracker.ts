import { messageOf } from '../../base/errors.js';
import type { Explained, Observed, ObservedRead, Passing, Tracker } from '../../cache/observed/tracker.js';
import type { WholeTable } from '../../cache/observed/whole-tables.js';
import type { Use } from '../../change-feed/triggers/used-columns.js';
import type { Analysed, Analysis } from '../analysis/analysis.js';
import type { QueryObserver } from '../observation/query-observer.js';
import type { Observation, ObservedQuery } from '../observed-query.js';
import type { Moment } from './known-uses.js';
import { NamedDependencies } from './named-dependencies.js';

type Read =
  | Omit<Extract<Observed<unknown>, { readonly dependencies: unknown }>, 'value'>
  | { readonly reason: string; readonly passes?: Passing | undefined };

/** What is known of the database. */
export interface Knowledge {
  /** The moment at which a load begins. */
  begin(): Moment;
  /** Why nothing can be cached by its queries now; `undefined` if it can. */
  readonly problem: string | undefined;
  analyse(query: ObservedQuery): Analysis | Promise<Analysis>;
  /** Why changes of a table may be missed. */
  problemOf(table: string): string | undefined;
  /** Whether the dependencies of a query need the rows of its result. */
  needsRows(text: string): boolean;
  /** Whether a load that began at this moment may rest on what its query uses. */
  isFollowed(analysed: Analysed, began: Moment): boolean;
  /** Registers uses for the loads that begin later. */
  register(uses: readonly Use[]): Promise<void>;
}

/** Characters of a query that a reason shows. */
const MAX_SHOWN = 120;

/** Observes the queries of loads, and tells what they were read from. */
export class QueryTracker implements Tracker {
  readonly #names = new NamedDependencies();
  readonly #needsRows = (text: string) => this.knowledge.needsRows(text);

  constructor(
    private readonly observer: QueryObserver,
    private readonly knowledge: Knowledge,
  ) {}

  run<T, Result>(load: () => T | Promise<T>, ended: (observed: Observed<T>) => Result): Promise<Result> {
    const { knowledge } = this;
    const began = knowledge.begin();
    if (knowledge.problem !== undefined) return this.#unobserved(load, knowledge.problem, ended);
    return this.observer.runThen(load, this.#needsRows, (value, observation) => {
      let reading: Read | Promise<Read>;
      try {
        reading = this.#read(observation, began);
      } catch (error) {
        return ended({ value, ...unread(error) });
      }
      return reading instanceof Promise
        ? reading.catch(unread).then((read) => ended({ value, ...read }))
        : ended({ value, ...reading });
    });
  }

  async #unobserved<T, Result>(
    load: () => T | Promise<T>,
    reason: string,
    ended: (observed: Observed<T>) => Result,
  ): Promise<Result> {
    return ended({ value: await load(), reason, passes: 'later' });
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

  #read(observation: Observation, began: Moment): Read | Promise<Read> {
    if ('reason' in observation) return observation;
    const { queries } = observation;
    const analyses: Analysis[] = [];
    for (const query of queries) {
      const analysis = this.knowledge.analyse(query);
      if (analysis instanceof Promise) return this.#readLater(queries, began);
      analyses.push(analysis);
    }
    return this.#readAll(queries, analyses, began);
  }

  async #readLater(queries: readonly ObservedQuery[], began: Moment): Promise<Read> {
    const analyses = await Promise.all(queries.map((query) => this.knowledge.analyse(query)));
    return this.#readAll(queries, analyses, began);
  }

  #readAll(queries: readonly ObservedQuery[], analyses: readonly Analysis[], began: Moment): Read | Promise<Read> {
    const { knowledge } = this;
    let isFollowed = true;
    for (const [place, analysis] of analyses.entries()) {
      if ('reason' in analysis)
        return { reason: `of a query: ${analysis.reason} (${shown(queries[place]?.text as string)})` };
      isFollowed &&= knowledge.isFollowed(analysis, began);
    }
    const found = analyses as readonly Analysed[];
    if (!isFollowed) return this.#register(found);
    if (knowledge.problem !== undefined) return { reason: knowledge.problem, passes: 'later' };
    const wholeTables: WholeTable[] = [];
    for (const { unnarrowed, text } of found) for (const table of unnarrowed) wholeTables.push({ table, query: text });
    return { dependencies: this.#names.of(found), wholeTables };
  }

  async #register(found: readonly Analysed[]): Promise<Read> {
    const uses = found.flatMap(usesOf);
    await this.knowledge.register(uses);
    const problem = uses.map(({ table }) => this.knowledge.problemOf(table)).find((one) => one !== undefined);
    if (problem !== undefined) return { reason: problem };
    return { reason: 'its queries are registered for the next load', passes: 'with this load' };
  }
}

function usesOf({ dependencies, columns }: Analysed): Use[] {
  return [
    ...dependencies.map(({ table, column }) => ({ table, column: column ?? '', isKey: column !== undefined })),
    ...columns.map((column) => ({ ...column, isKey: false })),
  ];
}

function unread(error: unknown): Read {
  return { reason: `its queries could not be followed (${messageOf(error)})` };
}

function shown(text: string): string {
  // A long list of values is folded no further than is shown.
  const part = text.slice(0, 4 * MAX_SHOWN);
  const line = part.replaceAll(/\s+/g, ' ').trim();
  return line.length > MAX_SHOWN || part.length < text.length ? `${line.slice(0, MAX_SHOWN - 1)}…` : line;
}
