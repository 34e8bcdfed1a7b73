/**
 * SQLSTATEs and system errors of a connection that broke, or could not be made, and of a server that cannot do its work: it
 * knows no such user or database, is out of room, or is a replica that may only be read.
 */
const CODES =
  /^(08...|25006|28...|3D000|53...|57P0[1-3]|58...|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN)$/;
/** `pg` has no codes for what it notices itself. */
const MESSAGES =
  /connection terminated|timeout expired|timeout exceeded when trying to connect|not queryable|pool after calling end/i;

/** What, in an error or behind it, says that the database cannot be reached at this time. */
export function lossOfDatabase(error: unknown): Error | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as { code?: unknown };
  if ((typeof code === 'string' && CODES.test(code)) || MESSAGES.test(error.message)) return error;
  return lossOfDatabase(error.cause);
}

/** SQLSTATEs of a statement that the server ended, because it, or a lock that it needed, took too long. */
const TOO_LATE = /^(57014|55P03|25P03)$/;

/** What, in an error or behind it, says that the database did not do something in time. */
export function delayOfDatabase(error: unknown): Error | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && TOO_LATE.test(code) ? error : delayOfDatabase(error.cause);
}
