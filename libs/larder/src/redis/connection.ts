/** An argument of a command. */
export type Argument = string | number | Buffer;

/** Sends commands to Redis. Bulk strings in replies are buffers, so that binary values stay intact. */
export interface Connection {
  call(command: string, ...args: readonly Argument[]): Promise<unknown>;
}
