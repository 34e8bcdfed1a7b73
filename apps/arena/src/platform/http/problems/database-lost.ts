/**
 * SQLSTATEs and system errors of a lost or failed connection, and of a server that cannot serve arena: unknown user or database,
 * no free resources, or a read-only replica.
 */
const CODES =
  /^(08...|25006|28...|3D000|53...|57P0[1-3]|58...|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN)$/;
/** `pg` has no codes for its own errors. */
const MESSAGES =
  /connection terminated|timeout expired|timeout exceeded when trying to connect|not queryable|pool after calling end/i;

/** The error, or the cause in it, by which the database is unavailable. */
export function lossOfDatabase(error: unknown): Error | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as { code?: unknown };
  if ((typeof code === 'string' && CODES.test(code)) || MESSAGES.test(error.message)) return error;
  return lossOfDatabase(error.cause);
}

/** SQLSTATEs of a statement that exceeded a timeout, its own or that of a lock. */
const TOO_LATE = /^(57014|55P03|25P03)$/;

/** The error, or the cause in it, by which the database exceeded a timeout. */
export function delayOfDatabase(error: unknown): Error | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && TOO_LATE.test(code) ? error : delayOfDatabase(error.cause);
}
