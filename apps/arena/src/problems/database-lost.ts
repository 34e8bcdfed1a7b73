/** SQLSTATEs and system errors of a connection that broke, or could not be made. */
const CODES = /^(08...|57P0[1-3]|53300|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN)$/;
/** `pg` has no codes for what it notices itself. */
const MESSAGES = /connection terminated|timeout exceeded when trying to connect|not queryable|pool after calling end/i;

/** Whether an error, or what caused it, says that the database cannot be reached at this time. */
export function isDatabaseLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return (typeof code === 'string' && CODES.test(code)) || MESSAGES.test(error.message) || isDatabaseLost(error.cause);
}
