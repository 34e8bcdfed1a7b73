import { setTimeout as delay } from 'node:timers/promises';
import { SUBJECTS, type SubjectName } from './subjects.js';

// One of the processes of a stampede: for each id from the parent, so many callers request it at once.

const [name, url, callers] = process.argv.slice(2) as [SubjectName, string, string];
/** How long a load takes, in milliseconds. */
const LOAD = 100;

let loads = 0;
const get = await SUBJECTS[name](url, async (id) => {
  loads++;
  await delay(LOAD);
  return { id, title: `Tournament ${id}` };
});

process.on('message', async (id: string) => {
  loads = 0;
  await Promise.all(Array.from({ length: Number(callers) }, () => get(id)));
  process.send?.(loads);
});
process.send?.('ready');
