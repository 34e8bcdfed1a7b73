import type { Server } from 'node:http';
import type { Engine } from '../cache/engine.js';
import type { FastLane } from './fast-lane/fast-lane.js';
import { ExpressPlatform } from './platforms/express.js';
import { FastifyPlatform } from './platforms/fastify.js';
import type { Platform } from './platforms/platform.js';
import type { BodyCache } from './response/body-cache.js';
import { Responder } from './response/responder.js';

/** The part of Nest's HTTP adapter that the responder needs. */
export interface Adapter {
  getType(): string;
  getHttpServer(): Server;
  reply(response: unknown, body: unknown, statusCode?: number): unknown;
}

/** The platform under an adapter; `undefined` for one that is neither Express nor Fastify. */
export function platformOf(adapter: Adapter): Platform<unknown> | undefined {
  switch (adapter.getType()) {
    case 'express':
      return new ExpressPlatform() as Platform<unknown>;
    case 'fastify':
      return new FastifyPlatform() as Platform<unknown>;
    default:
      return undefined;
  }
}

/** Installs the responder in `adapter.reply`, which every response passes after the interceptors. */
export function answerThrough(
  adapter: Adapter,
  platform: Platform<unknown>,
  engine: Engine,
  bodies: BodyCache,
  lane?: FastLane,
): void {
  const responder = new Responder(engine, bodies, platform, lane && ((sent) => lane.note(sent)));
  const reply = adapter.reply.bind(adapter);
  adapter.reply = (response, body, statusCode) =>
    responder.answer(response, body) ? response : reply(response, body, statusCode);
}
