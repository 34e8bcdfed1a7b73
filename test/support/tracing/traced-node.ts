import { recordSpans } from './recording.js';
import type { TracedNews, TracedOptions, TracedOrder } from './span-record.js';

/** A process of a fleet whose work is traced. */
async function main(options: TracedOptions): Promise<void> {
  process.on('disconnect', () => process.exit());
  const spans = recordSpans(options.node);
  const { TracedApplication } = await import('./traced-application.js');
  const application = await TracedApplication.start(options);
  const tell = (news: TracedNews) => process.send?.(news);
  process.on('message', async (order: TracedOrder) => {
    if (order.type === 'rename') await application.rename(order.id, order.name);
    tell(order.type === 'spans' ? { spans: spans() } : {});
  });
  tell({ url: application.url });
}

await main(JSON.parse(process.argv[2] as string));
