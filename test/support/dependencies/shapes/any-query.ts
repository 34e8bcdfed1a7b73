import type { Random } from '../../history/random.js';
import type { GeneratedQuery } from '../proof.js';
import { anyValue, type Kind, literal, TABLES, type WorldTable } from '../world.js';

interface Named {
  readonly alias: string;
  readonly table: WorldTable;
}

/** A SELECT of any form: joins, sub-selects, CTEs, set operations, groups. The server refuses some. */
export function anyQuery(random: Random): GeneratedQuery {
  const writer = new QueryWriter(random);
  return { text: writer.query(), values: writer.values };
}

class QueryWriter {
  readonly values: unknown[] = [];
  /** Whether one of several equal values may be shown: PostgreSQL takes any. */
  #showsOneOfEquals = false;
  #aliases = 0;

  constructor(private readonly random: Random) {}

  query(): string {
    const kind = this.random.below(8);
    this.#showsOneOfEquals = kind === 0;
    if (kind === 0)
      return `${this.select(1, [])} ${this.#oneOf('union', 'union all', 'except', 'intersect')} ${this.select(1, [])}`;
    if (kind === 1) return `with c as (${this.select(2, [], 3)}) select * from c where ${this.#predicate(this.#cte())}`;
    return this.select(2, []);
  }

  #cte(): Named {
    return { alias: 'c', table: { name: 'c', columns: { one: 'integer', two: 'text' }, isBase: false } };
  }

  /** @param width 0 for any list; else columns `one`, `two` */
  select(depth: number, outer: readonly Named[], width = 0): string {
    const { random } = this;
    const first = this.#named();
    let from = this.#item(first, depth);
    const named = [first];
    for (let count = random.below(3); count > 0; count--) {
      const next = this.#named();
      const item = this.#item(next, depth);
      const join = this.#oneOf('join', 'left join', 'right join', 'full join', 'join', 'left join');
      named.push(next);
      const shared = Object.keys(next.table.columns).filter((name) => name in first.table.columns);
      from +=
        named.length === 2 && shared.length > 0 && random.below(8) === 0
          ? ` ${join} ${item} using (${random.oneOf(shared)})`
          : ` ${join} ${item} on ${this.#condition(named, outer, depth)}`;
    }
    const where = random.below(5) === 0 ? '' : ` where ${this.#condition(named, outer, depth)}`;
    const pick = () => this.#column(random.oneOf(named));
    if (width > 0) {
      const one = this.#columnOf(named, 'integer') ?? '1';
      const two = this.#columnOf(named, 'text') ?? `'x'`;
      const rest = this.#oneOf('', '', '', ' limit all', ' order by 1, 2 limit 2');
      return `select ${this.#oneOf('', '', 'distinct ')}${one} as one, ${two} as two from ${from}${where}${rest}`;
    }
    const list = random.below(8);
    if (list === 1 || list === 3 || list === 4) this.#showsOneOfEquals = true;
    if (list === 0) return `select count(*) as n from ${from}${where}`;
    if (list === 1) {
      const group = pick();
      return `select ${group} as g, count(*) as n from ${from}${where} group by ${group}${this.#oneOf('', ' having count(*) > 1')}`;
    }
    if (list === 2) return `select ${pick()} as x, (${this.#scalar(depth, named)}) as y from ${from}${where}`;
    if (list === 3)
      return `select ${pick()} as x, ${pick()} as y from ${from}${where} order by 1, 2 limit ${1 + random.below(3)}`;
    if (list === 4) return `select distinct ${pick()} as x from ${from}${where}`;
    if (list === 5)
      return `select x.* from (select * from ${this.#item(first, 0)}) x where ${this.#predicate({ ...first, alias: 'x' })}`;
    return `select ${Array.from({ length: 1 + random.below(3) }, (_, index) => `${pick()} as x${index}`)} from ${from}${where}`;
  }

  #scalar(depth: number, outer: readonly Named[]): string {
    const inner = this.#named();
    const aggregate = this.#oneOf('count(*)', `max(${this.#columnOf([inner], 'integer') ?? '1'})`);
    return `select ${aggregate} from ${this.#item(inner, 0)} where ${this.#condition([inner], outer, depth - 1)}`;
  }

  #item({ alias, table }: Named, depth: number): string {
    if (depth > 1 && this.random.below(6) === 0) {
      const columns = Object.keys(table.columns).map((column) => `q.${column}`);
      return `(select ${columns} from ${table.name} q where ${this.#condition([{ alias: 'q', table }], [], 0)}) ${alias}`;
    }
    return `${table.name} ${alias}`;
  }

  #condition(named: readonly Named[], outer: readonly Named[], depth: number): string {
    const count = 1 + this.random.below(3);
    return Array.from({ length: count }, () => this.#conjunct(named, outer, depth)).join(' and ');
  }

  #conjunct(named: readonly Named[], outer: readonly Named[], depth: number): string {
    const { random } = this;
    const one = random.oneOf(named);
    const others = [...named, ...outer, ...outer];
    const kind = random.below(12);
    if (kind < 4 && others.length > 1) {
      const other = random.oneOf(others);
      const column = random.oneOf(Object.keys(one.table.columns));
      const same = this.#columnOf([other], one.table.columns[column] as Kind);
      if (same !== undefined) return `${one.alias}.${column} = ${same}`;
    }
    if (kind === 4 && depth > 0) {
      const inner = this.#named();
      const condition = this.#condition([inner], [...named, ...outer], depth - 1);
      return `${this.#oneOf('', 'not ')}exists (select from ${inner.table.name} ${inner.alias} where ${condition})`;
    }
    if (kind === 5) return `(${this.#predicate(one)} or ${this.#predicate(random.oneOf(named))})`;
    if (kind === 6) return `not (${this.#predicate(one)})`;
    if (kind === 7) return `${this.#column(one)} is ${this.#oneOf('null', 'not null')}`;
    return this.#predicate(one);
  }

  /** A column and constants. */
  #predicate({ alias, table }: Named): string {
    const { random } = this;
    const name = random.oneOf(Object.keys(table.columns));
    const kind = table.columns[name] as Kind;
    const column = `${alias}.${name}`;
    if (kind === 'boolean' && random.below(2) === 0)
      return random.oneOf([column, `not ${column}`, `${column} is true`]);
    switch (random.below(6)) {
      case 0:
        return `${column} in (${this.#value(kind)}, ${this.#value(kind)})`;
      case 1:
        this.values.push([anyValue(kind, random), random.below(4) === 0 ? null : anyValue(kind, random)]);
        return `${column} = any($${this.values.length})`;
      case 2:
        return kind === 'boolean' ? column : `${column} ${this.#oneOf('<', '>=', '<>')} ${this.#value(kind)}`;
      default:
        return random.below(2) === 0 ? `${column} = ${this.#value(kind)}` : `${this.#value(kind)} = ${column}`;
    }
  }

  #value(kind: Kind): string {
    const value = anyValue(kind, this.random);
    if (this.random.below(2) === 0) return literal(kind, value);
    this.values.push(value);
    return `$${this.values.length}`;
  }

  #named(): Named {
    this.#aliases += 1;
    return { alias: `a${this.#aliases}`, table: this.random.oneOf(TABLES) };
  }

  #column({ alias, table }: Named): string {
    const columns = Object.entries(table.columns).filter(
      ([, kind]) => !this.#showsOneOfEquals || (kind !== 'numeric' && kind !== 'fuzzy'),
    );
    return `${alias}.${this.random.oneOf(columns)[0]}`;
  }

  #columnOf(named: readonly Named[], kind: Kind): string | undefined {
    const found = named.flatMap(({ alias, table }) =>
      Object.entries(table.columns).flatMap(([name, one]) => (one === kind ? [`${alias}.${name}`] : [])),
    );
    return found.length === 0 ? undefined : this.random.oneOf(found);
  }

  #oneOf(...choices: readonly string[]): string {
    return this.random.oneOf(choices);
  }
}
