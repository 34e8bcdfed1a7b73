import { Client } from 'pg';

type Analysers = typeof import('../../libs/larder/build/dependencies/analysis/analyser.js');

// Taken from the built files: the library does not export it.
const root = import.meta.resolve('nest-larder/package.json');
const TEXTS = 1000;

/** What queries of an application look like; each text has a name of its own, so that none is known. */
const SHAPES: readonly ((name: string) => string)[] = [
  (name) => `select id, price as ${name} from items where id = $1`,
  (name) => `select id, price from items ${name} where seller_id = $1 and price > $2 order by price desc limit 20`,
  (name) => `select count(*)::int as ${name} from items where seller_id = any($1)`,
  (name) => `select i.id, o.price as ${name} from items i join items o on o.id = i.seller_id where i.id = $1`,
  (name) =>
    `select i.id, (select max(o.price) from items o where o.seller_id = i.id) as ${name} from items i where i.seller_id = $1`,
  (name) => `with ${name} as (select id, seller_id from items where price > $2)
    select s.id, coalesce(sum(i.price), 0) as total from items s left join ${name} l on l.seller_id = s.id
    left join items i on i.id = l.id where s.id in ($1, 7, 8) group by s.id having count(*) > 1`,
];

/** Milliseconds that the analysis of a new text takes, and of one that is known. */
export async function analysisTimes(url: string): Promise<{ readonly fresh: number[]; readonly known: number[] }> {
  const { Analyser } = (await import(new URL('build/dependencies/analysis/analyser.js', root).href)) as Analysers;
  const client = new Client({ connectionString: url });
  await client.connect();
  const database = {
    query: async <Row>(text: string, values: readonly unknown[] = []) =>
      (await client.query(text, [...values])).rows as Row[],
  };
  const analyser = await Analyser.open({ database });
  await client.end();
  const timeOf = async (text: string) => {
    const began = performance.now();
    const analysis = await analyser.dependenciesOf({ text, values: [1, 2], rows: undefined, fields: [] });
    if ('reason' in analysis) throw new Error(`${text}: ${analysis.reason}`);
    return performance.now() - began;
  };
  const [fresh, known]: [number[], number[]] = [[], []];
  for (let at = 0; at < TEXTS; at++) {
    const text = (SHAPES[at % SHAPES.length] as (name: string) => string)(`n${at}`);
    fresh.push(await timeOf(text));
    known.push(await timeOf(text));
  }
  return { fresh, known };
}
