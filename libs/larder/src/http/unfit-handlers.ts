import 'reflect-metadata';
import type { Type } from '@nestjs/common';
import { nameOf, type Plan } from '../decorators/plan.js';
import { givenParameters, type Transport, transportsOf } from '../nest/handler-parameters.js';
import { PARAMETER_KINDS, RESPONSE_PASSTHROUGH, SERVER_SENT_EVENTS } from '../nest/route-metadata.js';

const { response: RESPONSE, next: NEXT, acknowledge: ACKNOWLEDGE } = PARAMETER_KINDS;

/** Reasons why a handler cannot be cached, as sentences; empty if it can. */
export function problemsOfHandler(of: Type<unknown>, plan: Plan): string[] {
  if (plan.kind !== 'cacheable' && plan.kind !== 'cacheable-batch') return [];
  const prototype = of.prototype as Record<string | symbol, { readonly length: number }>;
  const handler = prototype[plan.property] as { readonly length: number };
  const name = nameOf(prototype, plan.property);
  const problems = transportsOf(handler).flatMap((transport) => {
    const kinds = givenParameters(of, plan.property, transport)
      .filter(({ index }) => index < handler.length || isDecorated(of, plan.property, transport))
      .map(({ type }) => type);
    return problemsOver(transport, name, kinds, of, plan.property);
  });
  if (Reflect.getMetadata(SERVER_SENT_EVENTS, handler)) {
    problems.push(`${name} is a stream of server-sent events. Remove @Cacheable.`);
  }
  return problems;
}

function problemsOver(
  transport: Transport,
  name: string,
  kinds: readonly (number | string)[],
  of: Type<unknown>,
  property: string | symbol,
): string[] {
  switch (transport) {
    case 'http':
      if (!kinds.includes(RESPONSE) && !kinds.includes(NEXT)) return [];
      return Reflect.getMetadata(RESPONSE_PASSTHROUGH, of, property) === true
        ? [
            `${name} takes @Res({ passthrough: true }), and a hit would lack what it sets on the response. ` +
              'Set headers with @Header() and the status with @HttpCode(), do the rest in an interceptor, or remove @Cacheable.',
          ]
        : [
            `${name} takes ${kinds.includes(RESPONSE) ? '@Res()' : '@Next()'}, and a hit cannot send the response. Return the body instead, or remove @Cacheable.`,
          ];
    case 'ws':
      if (!kinds.includes(ACKNOWLEDGE)) return [];
      return [
        `${name} takes @Ack(), and a hit cannot acknowledge. Return the acknowledgement instead, or remove @Cacheable.`,
      ];
    case 'event':
      return [`${name} handles events, and a hit would skip one. Remove @Cacheable.`];
    case 'subscription':
      return [`${name} is a subscription, which returns a stream. Remove @Cacheable.`];
    default:
      return [];
  }
}

function isDecorated(of: Type<unknown>, property: string | symbol, transport: Transport): boolean {
  return transport === 'http' && givenParameters(of, property, transport).length !== 3;
}
