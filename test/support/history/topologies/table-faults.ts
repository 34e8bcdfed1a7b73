import type { RedisServer } from '../../servers/redis-server.js';
import type { Fault } from '../fault.js';

/** Damage to the data through an operator's mistake or a full memory. */
export function tableFaults(master: () => Promise<RedisServer> | RedisServer): Fault[] {
  const commands = [
    ['SCRIPT', 'FLUSH'],
    ['FLUSHALL'],
    ['DEL', '{larder}:table'],
    ['XTRIM', '{larder}:journal', 'MAXLEN', '0'],
    ['DEL', '{larder}:journal'],
    ['DEL', '{larder}:writing', '{larder}:due'],
  ] as const;
  return commands.map(([name, ...args]) => ({
    name: [name, ...args].join(' '),
    run: async () => void (await (await master()).command(name, ...args)),
  }));
}
