import { type Asking, ask, type Received } from './ask.js';

interface Stored {
  readonly request: Readonly<Record<string, string>>;
  response: Received;
  receivedAt: number;
}

export interface Answered extends Received {
  readonly from: 'origin' | 'cache' | 'revalidation';
}

/**
 * An HTTP cache as RFC 9111 describes it, for one user (a browser) or for many (a proxy). It stores and serves everything
 * that the RFC allows, so that a wrong field shows. The test sets its clock.
 */
export class HttpCache {
  readonly #stored = new Map<string, Stored[]>();

  constructor(
    readonly kind: 'private' | 'shared',
    readonly now: () => number,
  ) {}

  async get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Answered> {
    const found = this.#select(url, headers);
    if (found !== undefined && this.#isFresh(found)) return { ...found.response, from: 'cache' };
    const etag = found?.response.headers.etag;
    const asking: Asking = { headers: { ...headers, ...(etag !== undefined && { 'if-none-match': etag }) } };
    const response = await ask(url, asking);
    if (response.status === 304 && found !== undefined) {
      found.response = { ...found.response, headers: { ...found.response.headers, ...response.headers } };
      found.receivedAt = this.now();
      return { ...found.response, from: 'revalidation' };
    }
    if (this.#mayStore(response, headers)) this.#store(url, { request: headers, response, receivedAt: this.now() });
    return { ...response, from: 'origin' };
  }

  /** Seconds for which a fresh response may be reused without revalidation. */
  freshFor({ headers }: Received): number {
    const directives = directivesOf(headers['cache-control']);
    const lifetime = (this.kind === 'shared' ? directives.get('s-maxage') : undefined) ?? directives.get('max-age');
    if (directives.has('no-cache') || lifetime === undefined) return 0;
    return Number(lifetime) - Number(headers.age ?? 0);
  }

  #isFresh({ response, receivedAt }: Stored): boolean {
    return this.freshFor(response) > Math.floor((this.now() - receivedAt) / 1000);
  }

  #mayStore({ status, headers }: Received, request: Readonly<Record<string, string>>): boolean {
    const directives = directivesOf(headers['cache-control']);
    if (status !== 200 || directives.has('no-store') || headers.vary === '*') return false;
    if (this.kind === 'private') return true;
    if (directives.has('private')) return false;
    const allowsAuthorised = ['public', 's-maxage', 'must-revalidate'].some((name) => directives.has(name));
    return request.authorization === undefined || allowsAuthorised;
  }

  #select(url: string, headers: Readonly<Record<string, string>>): Stored | undefined {
    return this.#stored.get(url)?.find(({ request, response }) => {
      const names = (response.headers.vary ?? '').split(',').map((name) => name.trim().toLowerCase());
      return names.every((name) => request[name] === headers[name]);
    });
  }

  #store(url: string, stored: Stored): void {
    this.#stored.set(url, [stored, ...(this.#stored.get(url) ?? [])]);
  }
}

/** The directives of a `Cache-Control`, with their arguments. */
export function directivesOf(field = ''): ReadonlyMap<string, string> {
  const directives = field.split(',').map((directive) => directive.trim().toLowerCase().split('='));
  return new Map(directives.map(([name = '', argument = '']) => [name, argument]));
}
