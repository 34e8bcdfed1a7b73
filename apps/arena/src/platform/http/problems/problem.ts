import { HttpException, type HttpStatus } from '@nestjs/common';
import { z } from 'zod';

/** How everything that went wrong is told: RFC 9457, `application/problem+json`. */
export const problemDetails = z.object({
  type: z.string().meta({
    description: 'What kind of problem; `about:blank` if the status says all there is to say.',
    example: 'tag:arena.test,2026:tournament-full',
  }),
  title: z.string().meta({ example: 'Tournament full' }),
  status: z.int().meta({ example: 409 }),
  detail: z.string().meta({ example: 'All 16 places of tournament 7 are taken.' }),
  instance: z.string().meta({ description: 'The path that was asked for.', example: '/v1/tournaments/7/entries' }),
  errors: z
    .array(
      z.object({
        in: z.enum(['body', 'query', 'path']),
        field: z.string().meta({ example: 'perPage' }),
        message: z.string().meta({ example: 'Too big: expected number to be <=100' }),
      }),
    )
    .optional()
    .meta({ description: 'Every field of the request that is not what it should be.' }),
});
export type ProblemDetails = z.infer<typeof problemDetails>;
export type FieldError = NonNullable<ProblemDetails['errors']>[number];

/** A problem of a kind that clients can tell from others of the same status. */
export class Problem extends HttpException {
  /**
   * @param kind words joined by dashes, such as `tournament-full`: the end of the type's URI, and the title
   * @param detail what happened this time, for people
   */
  constructor(
    status: HttpStatus,
    readonly kind: string,
    detail: string,
    readonly more: {
      readonly errors?: readonly FieldError[];
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(detail, status);
  }

  get type(): string {
    return `tag:arena.test,2026:${this.kind}`;
  }

  get title(): string {
    const words = this.kind.replaceAll('-', ' ');
    return words.charAt(0).toUpperCase() + words.slice(1);
  }
}
