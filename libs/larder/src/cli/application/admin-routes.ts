import { LarderOptionsError } from '../../base/errors.js';
import type { Environment } from '../../options/option.js';
import { LarderCommandError } from '../command-error.js';
import { printable, time } from '../text.js';

/** A larger response is not read. */
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_DETAIL = 300;

/** Fits into a header. */
const TOKEN = /^[!-~]+$/;

/** The admin routes of one running process of the application. */
export class AdminRoutes {
  /** For people: without a query. */
  readonly url: string;
  readonly #base: URL;
  readonly #token: string | undefined;
  readonly #timeout: number;

  /**
   * @param base the URL that `stats` and the other routes are below
   * @param env `LARDER_ADMIN_TOKEN` is sent as a bearer token, and shown nowhere
   * @param timeout milliseconds without a byte of the response
   * @throws LarderOptionsError for an invalid URL or token
   */
  constructor(base: string, env: Environment, timeout: number) {
    this.#base = parseUrl(base);
    this.url = `${this.#base.origin}${this.#base.pathname}`;
    this.#token = tokenIn(env);
    this.#timeout = timeout;
  }

  /** @throws LarderCommandError without a response, or with another one than JSON */
  async get(route: string): Promise<unknown> {
    return parseJson(await collect(this.#send('GET', route, undefined, 'application/json')), this.url);
  }

  /** The same; `undefined` if there is no such route, as in applications of an earlier release. */
  async getIfThere(route: string): Promise<unknown> {
    const text = await collect(this.#send('GET', route, undefined, 'application/json', true));
    return text === '' ? undefined : parseJson(text, this.url);
  }

  /**
   * The parts of a response as they arrive: lines of JSON from a route that streams, or else one document.
   *
   * @throws LarderCommandError without a response, or with another one than JSON
   */
  async *post(route: string, body: unknown): AsyncGenerator<unknown> {
    let rest = '';
    let isStream = false;
    for await (const { text, type } of this.#send('POST', route, body, 'application/x-ndjson, application/json')) {
      isStream = type.includes('ndjson');
      rest += text;
      if (!isStream) continue;
      const lines = rest.split('\n');
      rest = lines.pop() as string;
      for (const line of lines) if (line.trim() !== '') yield parseJson(line, this.url);
    }
    if (rest.trim() !== '' || !isStream) yield parseJson(rest, this.url);
  }

  /** Aborts when no byte has arrived within the timeout. */
  async *#send(
    method: string,
    route: string,
    body: unknown,
    accept: string,
    mayBeMissing = false,
  ): AsyncGenerator<Piece> {
    const waiting = new AbortController();
    const expire = () => waiting.abort();
    let timer = setTimeout(expire, this.#timeout);
    try {
      const response = await fetch(`${this.url.replace(/\/$/, '')}/${route}`, {
        method,
        headers: {
          accept,
          ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        // The token must not follow to another address.
        redirect: 'manual',
        signal: waiting.signal,
      });
      const type = response.headers.get('content-type') ?? '';
      if (response.status === 404 && mayBeMissing) return;
      const isRefused = !response.ok;
      let refusal = '';
      let size = 0;
      const decoder = new TextDecoder();
      for await (const bytes of response.body ?? []) {
        clearTimeout(timer);
        timer = setTimeout(expire, this.#timeout);
        size += bytes.length;
        if (size > MAX_BYTES) throw tooLarge(this.url);
        const text = decoder.decode(bytes, { stream: true });
        if (isRefused) refusal += text;
        else yield { text, type };
      }
      if (isRefused) throw this.#refused(method, route, response.status, refusal);
    } catch (error) {
      throw this.#faultOf(error, waiting.signal.aborted);
    } finally {
      clearTimeout(timer);
      // A caller that stops early leaves no open connection.
      waiting.abort();
    }
  }

  #faultOf(error: unknown, hasExpired: boolean): unknown {
    if (error instanceof LarderCommandError) return error;
    if (hasExpired) {
      return new LarderCommandError(
        `${this.url} did not answer within ${time(this.#timeout)}`,
        'Check that the application runs there, or raise --timeout',
      );
    }
    const { cause } = error as { cause?: { code?: string; message?: string } };
    const reason = cause?.code ?? cause?.message ?? (error as Error).message;
    return new LarderCommandError(
      `${this.url} cannot be reached (${printable(String(reason))})`,
      'Check that the application runs there, and that --url has its scheme, host and port',
    );
  }

  #refused(method: string, route: string, status: number, body: string): LarderCommandError {
    const answer = `${this.url} answered ${method} ${route.split('?')[0]} with ${status}${detailOf(body)}`;
    if (status === 401 || status === 403) {
      return new LarderCommandError(
        answer,
        this.#token === undefined
          ? 'Set LARDER_ADMIN_TOKEN to the admin token of the application'
          : 'LARDER_ADMIN_TOKEN is not the admin token of this application',
      );
    }
    if (status === 404) {
      const isMissing = detailOf(body) === '';
      const remedy = 'et --url lead to the admin routes; docs/command-line.md shows them';
      return new LarderCommandError(answer, isMissing ? `L${remedy}` : `If this is not what you asked for, l${remedy}`);
    }
    if (status >= 300 && status < 400) {
      return new LarderCommandError(answer, 'Redirects are not followed; name the address that it leads to');
    }
    return new LarderCommandError(answer, 'Look into the log of the application');
  }
}

interface Piece {
  readonly text: string;
  readonly type: string;
}

async function collect(pieces: AsyncIterable<Piece>): Promise<string> {
  let all = '';
  for await (const { text } of pieces) all += text;
  return all;
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url;
  throw new LarderOptionsError([
    'invalid --url (not shown): expected http://host:port/path of the admin routes, without a password; the token is taken from LARDER_ADMIN_TOKEN',
  ]);
}

function tokenIn({ LARDER_ADMIN_TOKEN: token }: Environment): string | undefined {
  if (!token) return undefined;
  if (TOKEN.test(token)) return token;
  throw new LarderOptionsError(['invalid LARDER_ADMIN_TOKEN (not shown): expected visible ASCII characters']);
}

function parseJson(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new LarderCommandError(`${url} did not answer with JSON`, 'Let --url lead to the admin routes', { cause });
  }
}

function tooLarge(url: string): LarderCommandError {
  return new LarderCommandError(
    `${url} answered with more than ${MAX_BYTES} bytes`,
    'Let --url lead to the admin routes',
  );
}

/** The detail of a problem document, as most applications answer. */
function detailOf(body: string): string {
  try {
    const { detail, message } = JSON.parse(body) as { detail?: unknown; message?: unknown };
    const text = detail ?? message;
    return typeof text === 'string' ? `: ${printable(text).slice(0, MAX_DETAIL).replace(/\.$/, '')}` : '';
  } catch {
    return '';
  }
}
