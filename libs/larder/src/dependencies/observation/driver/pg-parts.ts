/** The parts of `pg` that are used. Written down here, because an application may have another version of it, or none. */
export interface PgClient {
  query(...given: unknown[]): unknown;
  on(event: 'error', listener: () => void): unknown;
  off(event: 'error', listener: () => void): unknown;
  readonly connection?: PgConnection;
  /** As the server told it at the start; a pooler such as PgBouncer tells one of its own. */
  readonly processID?: number | null;
  readonly pipeline?: boolean;
  /** From pg 8.23; `null` before the connection is ready. */
  getTransactionStatus?(): string | null;
}

/** Its events are the messages of the protocol. */
interface PgConnection {
  prependListener(name: string, listener: (message: PgMessage) => void): unknown;
}

export interface PgMessage {
  /** Of `commandComplete`: the command tag, such as `INSERT 0 1`. */
  readonly text?: string;
  /** Of `readyForQuery`: I outside a transaction, T inside, E inside one that failed. */
  readonly status?: string;
}

export interface PgPool {
  connect(...given: unknown[]): unknown;
  readonly Client?: { readonly prototype: object };
}

export interface PgResult {
  readonly command: string | null;
  readonly rows: readonly unknown[];
  readonly fields: readonly {
    readonly name: string;
    readonly tableID: number;
    readonly columnID: number;
    readonly dataTypeID: number;
  }[];
  /** With `rowMode: 'array'`. */
  readonly rowAsArray?: boolean;
}

/** A query that handles the messages of the server itself, such as a cursor. */
export interface Submittable extends Record<string, unknown> {
  submit(connection: unknown): unknown;
  readonly cursor?: Submittable;
}

export type Callback = (...given: unknown[]) => unknown;

export function isSubmittable(value: unknown): value is Submittable {
  return typeof value === 'object' && value !== null && 'submit' in value && typeof value.submit === 'function';
}
