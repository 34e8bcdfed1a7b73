import { SUBJECTS, type SubjectName } from './subjects.js';

// One of the expiring processes: at each order of the parent it claims what is due.

const [name, url] = process.argv.slice(2) as [SubjectName, string];
const expire = await SUBJECTS[name](url);
process.on('message', async () => process.send?.(await expire()));
process.send?.('ready');
