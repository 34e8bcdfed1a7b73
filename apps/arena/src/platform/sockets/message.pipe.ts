import type { PipeTransform } from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import type { z } from 'zod';

/** Holds what a socket sends to a schema; what is wrong with it is told by an `exception` event. */
export class MessagePipe<Schema extends z.ZodType> implements PipeTransform<unknown, z.infer<Schema>> {
  constructor(private readonly schema: Schema) {}

  transform(value: unknown): z.infer<Schema> {
    const read = this.schema.safeParse(value);
    if (read.success) return read.data;
    const [issue] = read.error.issues;
    const message = `${issue?.path.join('.') || 'The message'}: ${issue?.message}`;
    throw new WsException({ status: 'error', code: 'invalid-message', message });
  }
}
