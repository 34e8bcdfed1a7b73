import type { Random } from '../../history/random.js';
import type { GeneratedQuery, Shape } from '../proof.js';

// A generator of any query missed two wrong rules in 452,000 comparisons. These shapes meet each rule where it decides.

/** A text with `$n` for a number from 1 to 4, `$s` for a text, and `$d` for one of the own values. */
function written(
  text: string,
  random: Random,
  tables?: readonly string[],
  own: readonly unknown[] = [],
): GeneratedQuery {
  const values: unknown[] = [];
  const replaced = text.replaceAll(/\$([nsd])/g, (_, kind: string) => {
    values.push(kind === 'n' ? 1 + random.below(3) : kind === 's' ? random.oneOf(['x', 'X', 'y']) : random.oneOf(own));
    return `$${values.length}`;
  });
  return { text: replaced, values, ...(tables && { tables }) };
}

const of =
  (texts: readonly string[], tables?: readonly string[], own: readonly unknown[] = []): Shape =>
  (random) =>
    written(random.oneOf(texts), random, tables, own);

/** Shapes by the number of the rule that they are aimed at. */
export const AIMED: Readonly<Record<string, Shape>> = {
  '7': of(
    [
      'select t.id, u.id as u from t full join u on u.id = t.u_id and t.n = $n',
      'select t.id, u.id as u from t full join u on u.id = t.u_id and u.n = $n and t.s = $s',
      'select t.id, u.id as u from t left join u on u.id = t.u_id and t.n = $n',
      'select t.id, u.id as u from u right join t on u.id = t.u_id and t.n = $n',
      'select t.id, v.id as v from t full join v on v.k = t.n and t.n = $n',
    ],
    ['t', 'u', 'v'],
  ),
  '9 cast': of(
    [
      'select id from t where s = $d::varchar(1)',
      'select id from t where s = $d::char(1)',
      `select id from t where s = 'xx'::varchar(1)`,
      `select id from t where s in ('yy'::char(1), 'X')`,
    ],
    ['t'],
    ['xx', 'yx'],
  ),
  '9 parameter': (random) => ({
    text: 'select id from t where (c = $1 or id > 0) and s = $1',
    values: [random.oneOf(['x  ', 'y  ', 'x '])],
    tables: ['t'],
  }),
  '10 values': of(
    [
      'select id from t where n = $d',
      'select id from t where n = any(array[$d, $d]::int[])',
      'select id from t where u_id = $d',
    ],
    ['t'],
    [' 1', '+2', '03', '0x4', '1_0', '2 '],
  ),
  '10 dates': of(['select id from t where d = $d'], ['t'], ['20260131', 'Jan 31 2026', '2026-2-28']),
  '10 types': of(
    [
      'select id, m from t where m = 1.0',
      'select id, m from t where m = $n',
      'select id, f from t where f = $s',
      'select id, c from t where c = $s',
      'select a.id, b.id as other from t a join t b on b.f = a.f where a.f = $s',
    ],
    ['t'],
  ),
  '11': of(
    [
      'with t as (select id, n, s from u) select id, s from t where id = $n',
      'with t as (select id, n, s from u), x as (select * from t) select id, s from x where n = $n',
      'select id, n from u as t (n, one, id) where n = $n',
      'select one, two from u as t (one, two) where two = $n',
      'select id, n from (select id, n from u) as t (n, id) where n = $n',
      'select n from (select id as n, n as id from u) t where n = $n',
    ],
    ['u'],
  ),
  '13': (random) => ({
    text: random.oneOf(['select n, s from t_frozen', 'select n, s from t_frozen where n = 1']),
    values: [],
    change: 'refresh materialized view t_frozen',
  }),
  '13 columns': of(['select id, (t).ctid::text as x from t where id = $n', 'select (t).ctid::text as x from t'], ['t']),
  '14': of(
    [
      `select query_to_xml('select * from t', true, true, '')::text as x`,
      `select id, query_to_xml('select max(n) from t', true, true, '')::text as x from v`,
    ],
    ['t'],
  ),
  '15': of(['select id, upper(n) as x from t', `select id, s @# 1 as x from t`], ['u']),
  R1: of(
    [
      'select t.id, (select count(*) from u where u.id = t.u_id) as x from t where t.u_id = $n',
      'select t.id, u.s from t left join u on u.id = t.u_id where t.u_id = $n',
      'select t.id, v.s from (t left join u on u.id = t.u_id and t.n = $n) join v on v.k = t.n',
      'select t.id, v.s from t join u on u.id = t.u_id left join v on v.id = u.v_id where u.v_id = $n',
      'select t.id, x.c from t left join lateral (select count(*) as c from u where u.n = t.n) x on true where t.n = $n',
      'select t.id, x.c from t join lateral (select count(*) as c from u where t.n = $n) x on true',
      'select v.id, t.id as t from v left join (t join u on u.id = t.u_id) on v.k = t.n and u.n = v.id where v.id = $n',
    ],
    ['t', 'u', 'v'],
  ),
  'R1 aggregates': of(
    [
      'select t.id, (select count(*) + (select count(*) from v where v.id = t.n) from u where t.n = $n) as x from t',
      'select t.id, (select (select max(v.s) from v where v.k = t.n) || count(*) from u where t.n = $n) as x from t',
    ],
    ['v', 't'],
  ),
  R2: (random) => ({
    text: random.oneOf([
      'select t.id, t.s from unnest($1::int[]) x (id) join t on t.n = x.id',
      'select x.id, t.s from unnest($1::int[]) x (id) left join t on t.n = x.id',
      'select x.id, t.s from t right join unnest($1::int[]) with ordinality x (id, place) on t.n = x.id',
      'select t.id, x.id as x from t full join unnest($1::int[]) x (id) on t.n = x.id',
    ]),
    values: [[1 + random.below(4), random.oneOf([null, 1, 2])]],
    tables: ['t'],
  }),
  R3: of(
    [
      'select n, s from (select id, n, s from t order by n, s, id limit 1) x where n = $n',
      'select n, c from (select n, count(*) over () as c from t) x where n = $n',
      'select n, s from (select distinct on (s) n, s from t order by s, n, id) x where n = $n',
      'select n, c from (select n, count(*) as c from t group by n) x where n = $n',
      'select n, s from (select n, s from t) x where n = $n',
      'select n, s from (select n, s from t order by n, s offset 1) x where s = $s',
      'select id, s from t_view where n = $n',
      'select n, total from t_groups where n = $n',
      'select id, u_s from t_with_u where u_s = $s',
      'with x as (select n, s from t order by n, s limit 2) select * from x where n = $n',
    ],
    ['t', 'u'],
  ),
  R4: of(
    [
      'select id from t where b',
      'select id from t where not b and n = $n',
      'select id from t where b is true',
      'select id from t where b is not true',
      'select id from t where b is false',
      'select id from t where (n, s) = ($n, $s)',
      'select id from t where (n, s) in (($n, $s), ($n, $s))',
    ],
    ['t'],
  ),
  R5: of(
    [
      'select t.id, t.n, (select max(v.s) from v where v.k = t.n) as c from t where t.s = $s',
      'select t.n, (select count(*) from v where v.k = t.n and v.b) as c from t order by t.n, t.id limit 2',
      'select t.n, (select max(v.s) from v where v.k = t.n) as c from t order by c, n limit 1',
      'select t.n, (select max(v.s) from v where v.k = t.n) as c from t order by 2 desc, 1 limit 1',
      'select t.n, v.s from t left join v on v.id = t.n where t.s = $s',
      'select t.id, v.id as v, v.s from t left join v on v.id = t.n',
      'select v.id, v.s from v right join t on v.id = t.n where t.s = $s',
      'select t.n, v.s from t join v on v.id = t.n where t.s = $s',
      'select t.id, u.id as u, u.s from t join u on u.id = t.u_id where t.n = $n',
      'select t.u_id, u.s from t join u on u.id = t.u_id order by t.id limit 1',
      'select u.v_id, v.s from u join v on v.id = u.v_id where u.n = $n',
      'select t.n, v.s from t left join v on v.id = t.n order by v.s, t.n limit 1',
      'select t.n from t left join v on v.id = t.n where v.b',
      'select t.n, v.s from t left join v on v.k = t.n order by t.n, v.s limit 2',
      'select distinct t.n, v.s from t left join v on v.id = t.n',
      'select max(t.n) as n, max(v.s) as s from t left join v on v.id = t.n',
      'select t.n, v.s, (select max(u.s) from u where u.id = v.k) as x from t left join v on v.id = t.n',
      'select t.n, n.n from t left join v n (n, s) on n.n = t.n',
    ],
    ['t', 'u', 'v'],
  ),
  'R5 functions': of(
    [
      'select t.n, unnest((select array_agg(v.s) from v where v.k = t.n)) as x from t',
      'select t.n, generate_series(1, (select count(*) from v where v.k = t.n)::int) as x from t',
    ],
    ['v'],
  ),
  'R5 joins': of(
    [
      'select t.n, v.s from t join v on v.id = t.n',
      'select t.n, v.id as v, v.s from t join v on v.id = t.n',
      'select t.n from t left join v on v.k = t.n order by t.n offset 1 limit 1',
      'select t.n from t left join v on v.id = t.n order by t.n offset 1 limit 1',
      'select t.b from t left join v on v.b = t.b order by t.b offset 1 limit 1',
      'select t.b from t left join v on v.b = t.b order by t.b offset 2 limit 1',
      'select t.b from t left join v on v.b = t.b order by t.b offset 3 limit 1',
      'select v.id, v.s from t left join v on v.id = t.n',
    ],
    ['v'],
  ),
  'R5 keys': of(
    [
      'select t.id, u.id as u, u.s, u.n as m from t join u on u.id = t.u_id order by t.id limit 1',
      'select u.id, u.s from t join u on u.id = t.u_id order by t.id limit 1',
      'select t.u_id, u.v_id from t left join u on u.id = t.u_id',
    ],
    ['u'],
  ),
  R6: of(
    [
      'select t.id, u.id as u from t left join u on u.id = t.u_id and t.n = $n where t.s is not null',
      'select t.id, u.id as u from t left join u on u.id = t.u_id and t.n = $n where u.s = $s',
      'select t.id, v.id as v from t full join v on v.k = t.n and v.b and t.s = $s where t.n = $n',
      'select t.id, v.id as v from t full join v on v.k = t.n and v.b and t.s = $s where v.id > 0',
      'select t.id, v.id as v from t full join v on v.k = t.n and t.s = $s where v.k = t.n',
      'select t.id, v.id as v from t right join v on v.k = t.n and v.s = $s where t.id is not null',
      'select u.id, t.id as t from u left join (t left join v on v.k = t.n and t.s = $s) on t.u_id = u.id where v.id = $n',
    ],
    ['t', 'u', 'v'],
  ),
  R7: of(
    [
      'select id, t.s, v.s as x from t full join v using (id) where id = $n',
      'select id, t.s, v.s as x from t left join v using (id) where id = $n',
      'select id, t.s, v.s as x from t right join v using (id, s) where s = $s',
      'select id, u.v_id from (t full join v using (id)) left join u using (id) where id = $n',
      'select count(*) as c from t natural join v where s = $s',
      'select id, t.n from t full join v using (id) full join u using (id) where id = $n',
    ],
    ['t', 'u', 'v'],
  ),
  'R7 lists': of(
    [
      'select t.s as a, (select count(*) from u as x (a, b, c, d) where x.d = s) as c from t full join v using (s)',
      'select t.s as a, (select count(*) from u as x (a, b, c, d) where x.d = s) as c from t right join v using (s)',
    ],
    ['u'],
  ),
  R8: of(
    [
      'select count(*) as c from t where n = $n',
      'select id from t order by s, id limit 2',
      'select max(s) as x from t',
      'select id, (select count(*) from u where u.id = t.u_id and u.s = t.s) as x from t',
      'select x.m from t x where x.n = $n',
    ],
    ['t', 'u'],
  ),
  partitions: of(
    [
      'select id, s from p where n = $n',
      'select id, s from p_low where n = $n',
      'select id, s from p_high where s = $s',
      'select id, n from h where n = $n',
      'select id, n from only h where n = $n',
      'select id, n from h_child where id = $n',
    ],
    ['p', 'h', 'h_child'],
  ),
};
