import { type ArgumentMetadata, HttpStatus, Injectable, StandardSchemaValidationPipe } from '@nestjs/common';
import { type FieldError, Problem } from '../problems/problem.js';

type Issue = Parameters<NonNullable<StandardSchemaValidationPipe['exceptionFactory']>>[0][number];

class Rejected extends Error {
  constructor(readonly issues: readonly Issue[]) {
    super();
  }
}

/** Limits the response to a body with many unknown fields, which would otherwise be several times its size. */
const MAX_ERRORS = 20;
const MAX_TEXT_LENGTH = 200;

/**
 * Validates bodies, queries and path parameters by their schemas. The problem names the invalid fields; only the first of them if
 * there are many.
 */
@Injectable()
export class RequestValidationPipe extends StandardSchemaValidationPipe {
  constructor() {
    super({ exceptionFactory: (issues) => new Rejected(issues) });
  }

  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    try {
      return await super.transform(value, metadata);
    } catch (error) {
      throw problemOf(error, metadata);
    }
  }
}

function problemOf(error: unknown, metadata: ArgumentMetadata): Problem {
  const place = placeOf(metadata);
  // A schema throws for some hostile values, such as `{ "length": { "toString": 1 } }` in place of a string.
  if (!(error instanceof Rejected)) {
    return invalid('It cannot be read.', [{ in: place, field: metadata.data ?? place, message: 'Cannot be read' }]);
  }
  const errors = error.issues.flatMap((issue) => fieldErrors(issue, metadata));
  const shown = errors.slice(0, MAX_ERRORS);
  const more = errors.length - shown.length;
  const detail = `The request is invalid; see errors${more > 0 ? `, and ${more} more` : ''}.`;
  return invalid(detail, shown);
}

function invalid(detail: string, errors: readonly FieldError[]): Problem {
  const bounded = errors.map(({ in: place, field, message }) => ({
    in: place,
    field: shortened(field),
    message: shortened(message),
  }));
  return new Problem(HttpStatus.BAD_REQUEST, 'invalid-request', detail, { errors: bounded });
}

function shortened(text: string): string {
  return text.length <= MAX_TEXT_LENGTH ? text : `${text.slice(0, MAX_TEXT_LENGTH)}…`;
}

function placeOf({ type }: ArgumentMetadata): FieldError['in'] {
  return type === 'param' ? 'path' : type === 'query' ? 'query' : 'body';
}

function fieldErrors(issue: Issue, metadata: ArgumentMetadata): FieldError[] {
  const { data } = metadata;
  const place = placeOf(metadata);
  const field = [data, ...(issue.path ?? [])].filter((part) => part !== undefined).join('.');
  // zod reports all undeclared members of an object in one issue.
  const { keys = [] } = issue as { keys?: readonly string[] };
  if (keys.length === 0) return [{ in: place, field: field || place, message: issue.message }];
  return keys.map((key) => ({
    in: place,
    field: [field, key].filter(Boolean).join('.'),
    message: 'Unknown field',
  }));
}
