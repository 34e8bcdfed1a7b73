import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { AnsweredRequest } from '../route/request.js';

/** The form of what nobody but the platform can make. */
export const UNKNOWN_FORM = Symbol('unknown form');

/**
 * What sends responses: one implementation for each of Nest's HTTP platforms. `Response` is what Nest calls so there.
 */
export interface Platform<Response = never> {
  /** The request that a response answers; `undefined` if the platform does not say. */
  requestOf(response: Response): AnsweredRequest | undefined;
  statusOf(response: Response): number;
  header(response: Response, name: string): unknown;
  setHeader(response: Response, name: string, value: string): void;
  removeHeader(response: Response, name: string): void;

  /** Node's response underneath. */
  rawOf(response: Response): ServerResponse;
  /** All header fields of a response that was sent. */
  headersOf(response: Response): OutgoingHttpHeaders;

  /** Whether the response is sent by the platform itself, so that kept bytes may be sent in place of what it would make. */
  isOwn(response: Response): boolean;
  /** Whether something behind the platform, such as a compression, may send other bytes than it is given. */
  mayEncode(response: Response): boolean;
  /**
   * What decides how a value becomes bytes besides the value: the same for two responses means the same bytes.
   * {@link UNKNOWN_FORM}: only the platform can tell.
   */
  formOf(response: Response): unknown;
  /** The bytes or text that the platform would send for a value. What it throws is what the platform would throw. */
  serialise(response: Response, value: object): string | Uint8Array;

  /** Sends a body in place of the value it was made of. */
  send(response: Response, value: object, body: Buffer): void;
  /** Sends a 304. The validators and cache fields are set already. */
  sendNotModified(response: Response, value: object, body: Buffer): void;
}
