import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { AnsweredRequest } from '../route/request.js';

/** The form of a response that only the platform itself can serialise. */
export const UNKNOWN_FORM = Symbol('unknown form');

/**
 * Sends responses; one implementation per HTTP platform of Nest. `Response` is the platform's response object.
 */
export interface Platform<Response = never> {
  /** The request that a response answers; `undefined` if the platform does not say. */
  requestOf(response: Response): AnsweredRequest | undefined;
  statusOf(response: Response): number;
  header(response: Response, name: string): unknown;
  setHeader(response: Response, name: string, value: string): void;
  removeHeader(response: Response, name: string): void;

  /** Node's response object. */
  rawOf(response: Response): ServerResponse;
  /** All header fields of a sent response. */
  headersOf(response: Response): OutgoingHttpHeaders;

  /** Whether the platform itself would serialise and send the value, so that stored bytes can replace its output. */
  isOwn(response: Response): boolean;
  /** Whether a later step, such as compression, may send other bytes than it is given. */
  mayEncode(response: Response): boolean;
  /**
   * What affects serialisation besides the value: with the same form, a value has the same bytes.
   * {@link UNKNOWN_FORM}: only the platform knows.
   */
  formOf(response: Response): unknown;
  /** The bytes or text that the platform would send for a value. Throws what the platform would throw. */
  serialise(response: Response, value: object): string | Uint8Array;

  /** Sends the serialised body of a value. */
  send(response: Response, value: object, body: Buffer): void;
  /** Sends a 304. The validators and cache fields are set already. */
  sendNotModified(response: Response, value: object, body: Buffer): void;
}
