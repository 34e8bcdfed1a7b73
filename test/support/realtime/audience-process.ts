import { io } from 'socket.io-client';
import type { AudienceNews, AudienceOptions, Tally } from './audience-messages.js';

/** Many clients of one arena, who count what is announced. */
async function main({ url, clients, announcements }: AudienceOptions): Promise<void> {
  const tell = (news: AudienceNews) => process.send?.(news);
  process.on('disconnect', () => process.exit());
  const heard = Array.from({ length: clients }, () => new Uint8Array(announcements));
  await Promise.all(
    heard.map(async (counts) => {
      const socket = io(url, { transports: ['websocket'], forceNew: true });
      socket.on('announcement', ({ text }: { text: string }) => {
        counts[Number(text)] = (counts[Number(text)] ?? 0) + 1;
      });
      await new Promise<void>((resolve) => socket.on('connect', resolve));
    }),
  );
  process.on('message', () => tell({ type: 'tally', tally: tallyOf(heard, announcements) }));
  tell({ type: 'connected' });
}

function tallyOf(heard: readonly Uint8Array[], announcements: number): Tally {
  const numbers = Array.from({ length: announcements }, (_, number) => number);
  return {
    least: numbers.map((number) => Math.min(...heard.map((counts) => counts[number] as number))),
    most: numbers.map((number) => Math.max(...heard.map((counts) => counts[number] as number))),
  };
}

await main(JSON.parse(process.argv[2] as string));
