import type { IncomingHttpHeaders } from 'node:http';
import type { Answer } from './answer.js';

/** Where a request carries what the cache has answered to it, until that leaves the interceptors. */
export const ANSWER = Symbol('Larder answer');

/** A request as far as the cache looks at it: Express's and Fastify's are of this shape. */
export interface CallerRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** What guards such as Passport's put there. */
  readonly user?: unknown;
  /** What session middleware puts there. */
  readonly session?: unknown;
}

export type AnsweredRequest = CallerRequest & {
  [ANSWER]?: Answer;
  /** As it was sent, whatever middleware or routers have made of it. */
  readonly originalUrl?: string;
};
