/** What RFC 5861 counts as an error: the server is at fault, so an older answer may do. */
const OUTAGES: ReadonlySet<number> = new Set([500, 502, 503, 504]);

/**
 * Whether a load failed because its source is in trouble. A failure with another HTTP status is an answer: what it was asked
 * for does not exist any more (404), or is not for this caller (403).
 */
export function isOutage(error: unknown): boolean {
  const status = statusOf(error);
  return status === undefined || OUTAGES.has(status);
}

/** The HTTP status of what was thrown: by Nest, `http-errors`, fetch wrappers, axios, the AWS SDK. */
function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const thrown = error as {
    getStatus?: () => unknown;
    status?: unknown;
    statusCode?: unknown;
    response?: { status?: unknown; statusCode?: unknown } | null;
    $metadata?: { httpStatusCode?: unknown } | null;
  };
  const candidates = [
    typeof thrown.getStatus === 'function' ? thrown.getStatus() : undefined,
    thrown.status,
    thrown.statusCode,
    thrown.response?.status,
    thrown.response?.statusCode,
    thrown.$metadata?.httpStatusCode,
  ];
  return candidates.find(isStatus);
}

function isStatus(value: unknown): value is number {
  return typeof value === 'number' && value >= 100 && value < 600;
}
