import { ResponseBodyError } from 'oauth4webapi';
import { ProviderFault } from './provider-fault.js';

/** Longest response body, in bytes. */
const LARGEST = 64 * 1024;
/** `fetch` errors from before the request was sent. */
const NEVER_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|CERT_.*|ERR_TLS_.*)$/;

/**
 * `fetch` that limits the size of the body, follows no redirect (it could send secrets to another host), and turns an
 * unusable response into a fault.
 *
 * @throws ProviderFault
 */
export async function fetchAnswer(url: string | URL, init: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...init, redirect: 'manual' }).catch((error) => {
    throw lost(error);
  });
  const { status, headers } = response;
  const body = await read(response);
  if (status === 429) throw new ProviderFault('rate-limited', false, retryAfterIn(headers));
  if (status === 503) throw new ProviderFault('unavailable', false, retryAfterIn(headers));
  if (status >= 500) throw new ProviderFault('failed');
  return new Response(status === 204 || status === 304 ? null : body, { status, headers });
}

/** Maps an error of the OAuth library, or of `fetch`, to a fault. */
export function faultOf(error: unknown): ProviderFault {
  if (error instanceof ProviderFault) return error;
  if (error instanceof ResponseBodyError) {
    if (error.error === 'invalid_grant') return new ProviderFault('denied');
    return new ProviderFault('rejected', false, 0, /^[\w.-]{1,60}$/.test(error.error) ? error.error : undefined);
  }
  return isLate(error) ? new ProviderFault('timed-out') : new ProviderFault('unreadable');
}

function lost(error: unknown): ProviderFault {
  if (isLate(error)) return new ProviderFault('timed-out');
  const { code } = ((error as Error).cause ?? {}) as { code?: unknown };
  return new ProviderFault(typeof code === 'string' && NEVER_SENT.test(code) ? 'unreachable' : 'cut-off');
}

function isLate(error: unknown): boolean {
  return /^(TimeoutError|AbortError)$/.test(String((error as { name?: unknown })?.name));
}

async function read({ body }: Response): Promise<Buffer<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const part of body ?? []) {
      size += part.length;
      if (size > LARGEST) throw new ProviderFault('unreadable');
      parts.push(part);
    }
  } catch (error) {
    throw error instanceof ProviderFault ? error : isLate(error) ? lost(error) : new ProviderFault('cut-off');
  }
  return Buffer.concat(parts);
}

/** `Retry-After` in seconds or as a date (RFC 9110), as milliseconds from now. */
function retryAfterIn(headers: Headers): number {
  const text = headers.get('Retry-After') ?? '';
  const wait = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 0), 86_400_000) : 0;
}
