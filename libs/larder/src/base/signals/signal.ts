import { channel } from 'node:diagnostics_channel';

/**
 * A channel of `node:diagnostics_channel`. Check `isHeard` before you make a message, so that a channel without a subscriber
 * costs one comparison.
 */
export class Signal<Message extends object> {
  // Held here: Node would drop a channel that has neither a subscriber nor an owner.
  readonly #channel;

  /** @param name of the channel, the same in every release */
  constructor(readonly name: string) {
    this.#channel = channel(name);
  }

  get isHeard(): boolean {
    return this.#channel.hasSubscribers;
  }

  /** Calls the subscribers before it returns. Node reports an error of one of them as an uncaught exception. */
  send(message: Message): void {
    this.#channel.publish(message);
  }
}
