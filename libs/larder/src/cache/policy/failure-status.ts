/** The statuses that RFC 5861 counts as errors: the server failed, so a stale value may be served instead. */
const OUTAGES: ReadonlySet<number> = new Set([500, 502, 503, 504]);

/**
 * Whether a load failed because its source is unavailable. Another HTTP status is an answer: the resource does not exist
 * (404), or this caller may not see it (403).
 */
export function isOutage(error: unknown): boolean {
  const status = statusOf(error);
  return status === undefined || OUTAGES.has(status);
}

/** The HTTP status in an error of Nest, `http-errors`, fetch wrappers, axios or the AWS SDK. */
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
