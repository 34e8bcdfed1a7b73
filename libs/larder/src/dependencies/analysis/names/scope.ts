import { Refusal } from '../sql/refusal.js';
import type { Ref } from './ref.js';

/** A column that a name can refer to; its own name is undefined where it cannot be told. */
export interface NamedRef {
  readonly name: string | undefined;
  readonly ref: Ref;
}

/** A table, sub-select or join, under the name that other parts of the query call it. */
export interface Source {
  readonly name: string | undefined;
  /** Of a table without an alias. */
  readonly schema: string | undefined;
  readonly columns: readonly NamedRef[];
}

/** What an item of FROM makes visible: sources by name, and the columns that a name without a source can refer to. */
export interface Namespace {
  readonly sources: readonly Source[];
  readonly columns: readonly NamedRef[];
}

export const EMPTY: Namespace = { sources: [], columns: [] };

export function beside(...namespaces: readonly Namespace[]): Namespace {
  return {
    sources: namespaces.flatMap(({ sources }) => sources),
    columns: namespaces.flatMap(({ columns }) => columns),
  };
}

/** The names that are visible at a place of a query: those of its level, then those of the levels around it (rule 11). */
export class Scope {
  constructor(
    readonly namespace: Namespace,
    private readonly outer: Scope | undefined,
  ) {}

  /**
   * What a column reference names: one column, or all those of a star or a row.
   *
   * @param parts its names; `*` at the end for a star
   * @throws Refusal if it cannot be resolved as the server does
   */
  resolve(parts: readonly (string | undefined)[]): readonly Ref[] {
    const ref = this.column(parts);
    if (ref !== undefined) return [ref];
    const columns = parts.at(-1) === '*' ? this.star(parts) : (this.#source(known(parts)) ?? refuse(parts)).columns;
    return columns.map((column) => column.ref);
  }

  /**
   * The one column that a column reference names; undefined for a star and for a row.
   *
   * @throws Refusal if it cannot be resolved as the server does
   */
  column(parts: readonly (string | undefined)[]): Ref | undefined {
    const names = known(parts);
    const last = names.at(-1) as string;
    if (last === '*') return undefined;
    if (names.length > 1)
      return one((this.#source(names.slice(0, -1)) ?? refuse(parts)).columns, last) ?? refuse(parts);
    for (const { namespace } of this.#outwards()) {
      const ref = one(namespace.columns, last);
      if (ref !== undefined) return ref;
    }
    return undefined;
  }

  /** The columns of `*` or `name.*`. */
  star(parts: readonly (string | undefined)[]): readonly NamedRef[] {
    if (parts.length === 1) return this.namespace.columns;
    return (this.#source(known(parts).slice(0, -1)) ?? refuse(parts)).columns;
  }

  #source(names: readonly string[]): Source | undefined {
    const [name, schema] = [names.at(-1), names.at(-2)];
    if (names.length > 2) return undefined;
    for (const { namespace } of this.#outwards()) {
      const found = namespace.sources.filter(
        (source) => source.name === name && (schema === undefined || source.schema === schema),
      );
      if (found.length > 1) return undefined;
      if (found[0] !== undefined) return found[0];
    }
    return undefined;
  }

  *#outwards(): Generator<Scope> {
    yield this;
    if (this.outer !== undefined) yield* this.outer.#outwards();
  }
}

/** @throws Refusal if several columns have the name, or a column whose name is not known may have it */
function one(columns: readonly NamedRef[], name: string): Ref | undefined {
  const found = columns.filter((column) => column.name === name);
  if (found.length > 1) return refuse([name]);
  if (found.length === 0 && columns.some((column) => column.name === undefined)) return refuse([name]);
  return found[0]?.ref;
}

function known(parts: readonly (string | undefined)[]): readonly string[] {
  return parts.map((part) => part ?? refuse(parts));
}

function refuse(parts: readonly (string | undefined)[]): never {
  throw new Refusal(`what the name ${parts.join('.')} refers to cannot be told`);
}
