import type { Database } from '../../postgres/session.js';
import { Catalog } from '../catalog/catalog.js';
import type { ObservedQuery } from '../observed-query.js';
import { Recent } from '../recent.js';
import type { Analysis } from './analysis.js';
import type { Views } from './levels/reading.js';
import { RULES, type Rules } from './rules.js';
import { dependenciesOfRun } from './runs/dependencies-of-run.js';
import { Parser } from './sql/parser.js';
import { Refusal } from './sql/refusal.js';
import { type Template, templateOf } from './template.js';
import { parseViews } from './views.js';

export interface AnalyserOptions {
  /** A connection as the user that the application connects as. It is used only until the analyser is open. */
  readonly database: Database;
  /** Texts that are remembered. About 1.3 KB each. */
  readonly maxTemplates?: number;
  readonly rules?: Rules;
}

const MAX_TEMPLATES = 2000;

/** Characters of a text that people see. */
const MAX_SHOWN = 120;

/** A template with its text for people, or why the text has none. */
type Outcome = { readonly template: Template; readonly text: string } | { readonly reason: string };

/** Tells what the runs of queries were read from: the rows of tables whose change can change their answers. */
export class Analyser {
  readonly #outcomes: Recent<string, Outcome>;

  private constructor(
    private readonly parser: Parser,
    private readonly options: Required<Omit<AnalyserOptions, 'database'>>,
    private catalog: Catalog,
    private views: Views,
  ) {
    this.#outcomes = new Recent(options.maxTemplates);
  }

  /**
   * Loads the parser and the catalogue of the database.
   *
   * @throws LarderOptionsError if the package `libpg-query` is not installed
   * @throws LarderChangeFeedError if the database does not answer
   */
  static async open({ database, maxTemplates = MAX_TEMPLATES, rules = RULES }: AnalyserOptions): Promise<Analyser> {
    const [parser, catalog] = await Promise.all([Parser.load(), Catalog.load(database, rules.valueClass)]);
    const views = await parseViews(catalog, parser);
    return new Analyser(parser, { maxTemplates, rules }, catalog, views);
  }

  /** Changes with the catalogue: another one means other tables, views, types or triggers (rule 21). */
  get fingerprint(): string {
    return this.catalog.fingerprint;
  }

  /**
   * Reads the catalogue again, and forgets what was found out if it has changed.
   *
   * @returns whether it has changed
   * @throws LarderChangeFeedError if the database does not answer
   */
  async refresh(database: Database): Promise<boolean> {
    const catalog = await Catalog.load(database, this.options.rules.valueClass);
    const hasChanged = catalog.fingerprint !== this.catalog.fingerprint;
    const views = hasChanged ? await parseViews(catalog, this.parser) : this.views;
    this.catalog = catalog;
    this.views = views;
    // Also without a change: there may be other statistics.
    this.#outcomes.clear();
    return hasChanged;
  }

  /** What a run was read from, or the reason why that cannot be told. */
  dependenciesOf(query: ObservedQuery): Analysis | Promise<Analysis> {
    // No promise for a known text: while a load is observed, each costs more than the analysis.
    const outcome = this.#outcomes.get(query.text);
    return outcome === undefined
      ? this.#analyse(query.text).then((analysed) => this.#dependenciesOf(query, analysed))
      : this.#dependenciesOf(query, outcome);
  }

  /** Whether {@link dependenciesOf} needs the rows of a result: not if it knows the text and what it says is enough. */
  needsRows(text: string): boolean {
    const outcome = this.#outcomes.get(text);
    return outcome === undefined || ('template' in outcome && outcome.template.needsRows);
  }

  #dependenciesOf(query: ObservedQuery, outcome: Outcome): Analysis {
    if ('reason' in outcome) return outcome;
    const { template, text } = outcome;
    const { columns, timeDependent, unnarrowed } = template;
    const dependencies = dependenciesOfRun(template, query, this.options.rules);
    return { dependencies, columns, timeDependent, text, unnarrowed };
  }

  async #analyse(text: string): Promise<Outcome> {
    // The parser needs much of the stack, and callers can be deep in theirs.
    await undefined;
    const { catalog, views } = this;
    const outcome = await this.#outcomeOf(text, catalog, views);
    if (catalog !== this.catalog) return outcome;
    this.#outcomes.set(text, outcome);
    return outcome;
  }

  async #outcomeOf(text: string, catalog: Catalog, views: Views): Promise<Outcome> {
    if (catalog.refusal !== undefined) return { reason: catalog.refusal };
    const parsed = await this.parser.parse(text);
    if ('error' in parsed) return { reason: parsed.error };
    try {
      const template = templateOf(parsed.tree, catalog, views, this.options.rules);
      return { template, text: shown((await this.parser.normalize(text)) ?? '') };
    } catch (error) {
      if (error instanceof Refusal) return { reason: error.reason };
      if (error instanceof RangeError) return { reason: 'it is nested too deeply' };
      throw error;
    }
  }
}

function shown(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN - 1)}…` : line;
}
