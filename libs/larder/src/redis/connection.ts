/** What a command takes. */
export type Argument = string | number | Buffer;

/** A way to Redis. Replies are bytes where they are texts, so that values come back as they went in. */
export interface Connection {
  call(command: string, ...args: readonly Argument[]): Promise<unknown>;
}
