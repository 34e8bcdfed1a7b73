import { expect, it } from '@jest/globals';
import { Cache } from '../../cache/cache.js';
import type { Tracker } from '../../cache/observed/tracker.js';
import { ReadRequest } from '../../cache/state/read-request.js';
import { toSettings } from '../../config/settings.js';
import { createEngine } from '../../create-cache.js';
import { methodsOf } from './methods.js';
import { Trend } from './trend.js';

const tracker: Tracker = {
  run: async (load, ended) =>
    ended({
      value: await load(),
      dependencies: [{ name: 'items', text: 'all of public.items' }],
      wholeTables: [{ table: 'public.items', query: 'select count(*) from items' }],
    }),
};

it('names the tables that a method reads as a whole, without the adviser', async () => {
  const engine = await createEngine(toSettings({ background: false }));
  engine.context.table.reserveDependencies();
  const counters = engine.context.statistics.method('Shop.report');
  const policy = { ...engine.policy({}), tracker, method: 'Shop.report', counters };
  await engine.reader.read(new ReadRequest('report', () => 1, policy));
  const { methods } = await methodsOf(engine, new Trend(), new Cache(engine).stats().methods, undefined);
  expect(methods.map(({ name, advice }) => [name, advice])).toEqual([
    [
      'Shop.report',
      [
        {
          subject: 'Shop.report',
          text:
            'No column in the WHERE narrows `public.items`: each change of it invalidates every value. ' +
            'Query: select count(*) from items.',
        },
      ],
    ],
  ]);
  await engine.close();
});
