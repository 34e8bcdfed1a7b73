import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { LarderOptionsError } from '../base/errors.js';
import { quietly } from '../base/listeners.js';
import type {
  EvictMessage,
  HitMessage,
  InvalidateMessage,
  LeaseMessage,
  LoadMessage,
  RefuseMessage,
  StoreMessage,
} from '../base/signals/cache-signals.js';
import { EVICT, HIT, INVALIDATE, LEASE, LOAD, REFUSE, STORE } from '../base/signals/cache-signals.js';
import type { CounterMessage, DeadlineMessage, RedisMessage, SocketMessage } from '../base/signals/work-signals.js';
import { COUNTER, DEADLINE, REDIS, SOCKET } from '../base/signals/work-signals.js';
import { demandFunction, suggestion } from '../base/suggestion.js';
import { JOB } from '../jobs/jobs.js';
import type { JobEvent } from '../jobs/run.js';
import type { AuditMessage, FeedMessage, JournalMessage } from './event-signals.js';
import { AUDIT, FEED, JOURNAL } from './event-signals.js';

/** The messages of each channel. Names and members stay the same within a major version; members may be added. */
export interface ChannelMessages {
  readonly 'nest-larder:load': LoadMessage;
  readonly 'nest-larder:store': StoreMessage;
  readonly 'nest-larder:hit': HitMessage;
  readonly 'nest-larder:invalidate': InvalidateMessage;
  readonly 'nest-larder:refuse': RefuseMessage;
  readonly 'nest-larder:evict': EvictMessage;
  readonly 'nest-larder:lease': LeaseMessage;
  readonly 'nest-larder:redis': RedisMessage;
  readonly 'nest-larder:journal': JournalMessage;
  readonly 'nest-larder:feed': FeedMessage;
  readonly 'nest-larder:job': JobEvent;
  readonly 'nest-larder:counter': CounterMessage;
  readonly 'nest-larder:deadline': DeadlineMessage;
  readonly 'nest-larder:socket': SocketMessage;
  readonly 'nest-larder:audit': AuditMessage;
}

export type ChannelName = keyof ChannelMessages;

const SIGNALS = [
  LOAD,
  STORE,
  HIT,
  INVALIDATE,
  REFUSE,
  EVICT,
  LEASE,
  REDIS,
  JOURNAL,
  FEED,
  JOB,
  COUNTER,
  DEADLINE,
  SOCKET,
  AUDIT,
];

/** The names of all channels. */
export const CHANNELS = SIGNALS.map(({ name }) => name) as readonly ChannelName[];

/**
 * Subscribes to a channel of `node:diagnostics_channel`, with the type of its messages. An error of the listener becomes a
 * process warning; with `subscribe` of Node it is an uncaught exception. The channels belong to the process: a listener hears
 * all caches in it.
 *
 * @param listener runs inside of what it hears about, so it must be quick; it must not change the message
 * @returns a function that unsubscribes
 * @throws LarderOptionsError if there is no such channel
 *
 * @example
 * ```ts
 * const stop = listen('nest-larder:load', ({ method, duration }) => {
 *   if (duration > 1000) console.warn(`${method} took ${duration} ms`);
 * });
 * stop();
 * ```
 */
export function listen<Name extends ChannelName>(
  name: Name,
  listener: (message: ChannelMessages[Name]) => void,
): () => void {
  demandFunction(listener, 'listener of listen');
  if (!CHANNELS.includes(name)) {
    throw new LarderOptionsError([`unknown channel ${JSON.stringify(name)}${suggestion(String(name), CHANNELS)}`]);
  }
  const quiet = quietly(listener, `A listener of ${name}`);
  const subscriber = (message: unknown) => quiet(message as ChannelMessages[Name]);
  subscribe(name, subscriber);
  return () => void unsubscribe(name, subscriber);
}
