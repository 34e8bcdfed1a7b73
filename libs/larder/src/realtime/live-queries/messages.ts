import { z } from 'zod';

const ID = z.string().min(1).max(64);

/** What a client sends to subscribe. */
export const subscribeMessage = z.strictObject({
  /** Chosen by the client; names the subscription in everything that is sent for it. */
  id: ID,
  /** `Class.method` of a cached route, or its `@CacheName`. */
  query: z.string().min(1).max(200),
  /** For the parameters of the method that come from the URL, in their order. */
  args: z.array(z.unknown()).max(16).default([]),
  /** To be told that the value is no longer valid, or what it is now. */
  mode: z.enum(['invalidated', 'value']).default('invalidated'),
});

export const unsubscribeMessage = z.strictObject({ id: ID });

const MAX_PROBLEM_LENGTH = 200;

/** A message that was held to its schema, or what is wrong with it. */
export type Read<Message> = { readonly message: Message } | { readonly problem: string };

/** Holds to a schema what a client sent, whatever that is: a schema throws for some of it. */
export function readMessage<Message>(schema: z.ZodType<Message>, body: unknown): Read<Message> {
  try {
    const read = schema.safeParse(body);
    if (read.success) return { message: read.data };
    return { problem: (read.error.issues[0]?.message ?? 'it is no message').slice(0, MAX_PROBLEM_LENGTH) };
  } catch {
    return { problem: 'it cannot be read' };
  }
}

/** How a subscription was received, answered to the client. */
export type Acknowledgement = { readonly ok: true; readonly value?: unknown } | ({ readonly ok: false } & Refusal);

/** Why something was not done. */
export interface Refusal {
  /** `invalid-message`, `unknown-query`, `too-many-subscriptions`, `not-allowed`, `off` or `failed`. */
  readonly code: string;
  readonly message: string;
}
