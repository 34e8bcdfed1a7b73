import { SUBJECTS, type SubjectName } from './subjects.js';

// One of the processes that expire: each time it is told to, it takes what is due.

const [name, url] = process.argv.slice(2) as [SubjectName, string];
const expire = await SUBJECTS[name](url);
process.on('message', async () => process.send?.(await expire()));
process.send?.('ready');
