import { HttpException, type HttpStatus } from '@nestjs/common';
import { z } from 'zod';

/** The body of every error response: RFC 9457, `application/problem+json`. */
export const problemDetails = z.object({
  type: z.string().meta({
    description: 'The kind of problem; `about:blank` if the status describes it completely.',
    example: 'tag:arena.test,2026:tournament-full',
  }),
  title: z.string().meta({ example: 'Tournament full' }),
  status: z.int().meta({ example: 409 }),
  detail: z.string().meta({ example: 'All 16 places of tournament 7 are taken.' }),
  instance: z.string().meta({ description: 'The path of the request.', example: '/v1/tournaments/7/entries' }),
  errors: z
    .array(
      z.object({
        in: z.enum(['body', 'query', 'path']),
        field: z.string().meta({ example: 'perPage' }),
        message: z.string().meta({ example: 'Too big: expected number to be <=100' }),
      }),
    )
    .optional()
    .meta({ description: 'The invalid fields of the request.' }),
});
export type ProblemDetails = z.infer<typeof problemDetails>;
export type FieldError = NonNullable<ProblemDetails['errors']>[number];

/** A problem with a kind, by which clients distinguish it from others of the same status. */
export class Problem extends HttpException {
  /**
   * @param kind words joined by dashes, such as `tournament-full`; it makes the type's URI and the title
   * @param detail what happened in this case, for people
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
