import type { PipeTransform } from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import type { z } from 'zod';

const MAX_MESSAGE_LENGTH = 300;

/** Holds what a socket sends to a schema; what is wrong with it is told by an `exception` event. */
export class MessagePipe<Schema extends z.ZodType> implements PipeTransform<unknown, z.infer<Schema>> {
  constructor(private readonly schema: Schema) {}

  transform(value: unknown): z.infer<Schema> {
    const read = this.read(value);
    if (read?.success) return read.data;
    const issue = read?.error.issues[0];
    const message = `${issue?.path.join('.') || 'The message'}: ${issue?.message ?? 'cannot be read'}`;
    throw new WsException({ status: 'error', code: 'invalid-message', message: message.slice(0, MAX_MESSAGE_LENGTH) });
  }

  /** @returns `undefined` for what makes the schema throw, such as `{ length: { toString: 1 } }` where a text belongs */
  private read(value: unknown): z.ZodSafeParseResult<z.infer<Schema>> | undefined {
    try {
      return this.schema.safeParse(value);
    } catch {
      return undefined;
    }
  }
}
