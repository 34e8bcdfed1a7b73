import type { PipeTransform } from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import type { z } from 'zod';

const MAX_MESSAGE_LENGTH = 300;

/** Validates messages by a schema; the client gets an `exception` event for an invalid one. */
export class MessagePipe<Schema extends z.ZodType> implements PipeTransform<unknown, z.infer<Schema>> {
  constructor(private readonly schema: Schema) {}

  transform(value: unknown): z.infer<Schema> {
    const read = this.read(value);
    if (read?.success) return read.data;
    const issue = read?.error.issues[0];
    const message = `${issue?.path.join('.') || 'The message'}: ${issue?.message ?? 'cannot be read'}`;
    throw new WsException({ status: 'error', code: 'invalid-message', message: message.slice(0, MAX_MESSAGE_LENGTH) });
  }

  /** @returns `undefined` if the schema throws, as for `{ length: { toString: 1 } }` in place of a string */
  private read(value: unknown): z.ZodSafeParseResult<z.infer<Schema>> | undefined {
    try {
      return this.schema.safeParse(value);
    } catch {
      return undefined;
    }
  }
}
