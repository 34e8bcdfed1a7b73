import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../base/clock.js';
import type { DashboardSettings } from '../options.js';
import { isLocal } from './origin.js';
import { RateLimit } from './rate-limit.js';
import { Sessions } from './sessions.js';

/** Someone who may use the dashboard. */
export interface User {
  readonly name: string;
  /** Whether a cookie says who it is, which can be deleted. */
  readonly isSession: boolean;
}

/** Why a request is refused. */
export interface Refusal {
  readonly status: 401 | 403 | 429;
  readonly problem: string;
}

/** Wrong tokens of one address per minute. */
const MAX_FAILURES = 5;
/** Wrong tokens of all addresses per minute. */
const MAX_FAILURES_OF_ALL = 100;
const MAX_NAME = 40;
const COOKIE = 'larder-dashboard';

const SIGN_IN: Refusal = { status: 401, problem: 'Sign in with the admin token.' };
const TOO_MANY: Refusal = { status: 429, problem: 'Too many wrong tokens. Try again in a minute.' };
const NOT_ALLOWED: Refusal = { status: 403, problem: 'You may not use this dashboard.' };
const NOT_LOCAL: Refusal = {
  status: 403,
  problem:
    'Without a token the dashboard answers this machine only. Set LARDER_ADMIN_TOKEN to use it from another one.',
};

/** Who may use the dashboard: those that the guard admits, or that know the token, or without either those at this machine. */
export class Access {
  readonly #guard: DashboardSettings['guard'];
  readonly #sessions: Sessions | undefined;
  readonly #failures: RateLimit;
  readonly #failuresOfAll: RateLimit;

  constructor({ guard, token }: Pick<DashboardSettings, 'guard' | 'token'>, clock: Clock) {
    this.#guard = guard;
    this.#sessions = guard === undefined && token !== undefined ? new Sessions(token, clock) : undefined;
    this.#failures = new RateLimit(MAX_FAILURES, clock);
    this.#failuresOfAll = new RateLimit(MAX_FAILURES_OF_ALL, clock);
  }

  /** Whether people sign in with a token. */
  get hasToken(): boolean {
    return this.#sessions !== undefined;
  }

  async check(request: IncomingMessage): Promise<User | Refusal> {
    if (this.#guard !== undefined) return admitted(this.#guard, request);
    if (this.#sessions === undefined) return isLocal(request) ? { name: 'local', isSession: false } : NOT_LOCAL;
    const { authorization } = request.headers;
    if (authorization !== undefined) {
      const [, token = ''] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
      const refusal = this.#try(request, token);
      return refusal ?? { name: 'token', isSession: false };
    }
    const name = this.#sessions.nameIn(cookieIn(request.headers.cookie));
    return name === undefined ? SIGN_IN : { name, isSession: true };
  }

  /**
   * Exchanges the token for a cookie.
   *
   * @param name what the list of actions calls the user
   * @param path of the dashboard
   * @returns the header `Set-Cookie`, or why there is none
   */
  signIn(request: IncomingMessage, token: string, name: string, path: string): string | Refusal {
    const refusal = this.#try(request, token);
    if (refusal !== undefined || this.#sessions === undefined) return refusal ?? NOT_ALLOWED;
    const shown = name.replace(/[^\p{L}\p{N} .@_-]/gu, '').trim();
    const { cookie, maxAge } = this.#sessions.open([...shown].slice(0, MAX_NAME).join('') || 'unnamed');
    return `${COOKIE}=${cookie}; Path=${path}; Max-Age=${maxAge}; HttpOnly; Secure; SameSite=Strict`;
  }

  /** The header `Set-Cookie` that ends a session. */
  signOut(path: string): string {
    return `${COOKIE}=; Path=${path}; Max-Age=0; HttpOnly; Secure; SameSite=Strict`;
  }

  #try({ socket }: IncomingMessage, token: string): Refusal | undefined {
    const address = socket.remoteAddress ?? '';
    if (!this.#failures.allows(address) || !this.#failuresOfAll.allows('')) return TOO_MANY;
    if (this.#sessions?.isToken(token)) return undefined;
    this.#failures.use(address);
    this.#failuresOfAll.use('');
    return { status: 401, problem: 'This is not the admin token.' };
  }
}

async function admitted(guard: NonNullable<DashboardSettings['guard']>, request: IncomingMessage) {
  try {
    const admits = await guard(request);
    if (admits === false || admits === '') return NOT_ALLOWED;
    return { name: typeof admits === 'string' ? admits.slice(0, MAX_NAME) : 'guard', isSession: false };
  } catch {
    return NOT_ALLOWED;
  }
}

function cookieIn(header = ''): string {
  const found = header.split(';').find((one) => one.trim().startsWith(`${COOKIE}=`));
  return found?.trim().slice(COOKIE.length + 1) ?? '';
}
