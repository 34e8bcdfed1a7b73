import { Signal } from './signal.js';

/** A counter has written a batch, or a flush has failed. */
export type CounterMessage =
  | {
      readonly type: 'written';
      readonly name: string;
      readonly keys: number;
      /** The sum of the counts. */
      readonly total: number;
      /** Milliseconds. */
      readonly duration: number;
    }
  | { readonly type: 'failed'; readonly name: string; readonly error: unknown };

/** A deadline has expired ids, or could not. */
export type DeadlineMessage =
  | {
      readonly type: 'expired';
      readonly name: string;
      readonly ids: number;
      /** Milliseconds. */
      readonly duration: number;
    }
  | { readonly type: 'failed'; readonly name: string; readonly error: unknown };

/** A socket of this process came or went, or follows a live query. */
export type SocketMessage =
  | { readonly type: 'connected' | 'disconnected'; readonly namespace: string }
  /** `told`: the client got a value, or learned that its value is no longer valid. */
  | { readonly type: 'subscribed' | 'unsubscribed' | 'told'; readonly query: string }
  | { readonly type: 'refused'; readonly query: string | undefined; readonly code: string };

/** A command, or several in parallel, were sent to Redis and answered, also with an error; or they failed, such as by a timeout. */
export interface RedisMessage {
  /** In upper case: `GET`, `EVALSHA`. */
  readonly command: string;
  /** How many were sent in parallel. */
  readonly commands: number;
  /** Milliseconds, with a fraction. */
  readonly duration: number;
  readonly result: 'answered' | 'failed';
}

export const REDIS = new Signal<RedisMessage>('nest-larder:redis');
export const COUNTER = new Signal<CounterMessage>('nest-larder:counter');
export const DEADLINE = new Signal<DeadlineMessage>('nest-larder:deadline');
export const SOCKET = new Signal<SocketMessage>('nest-larder:socket');
