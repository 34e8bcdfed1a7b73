import { type ArgumentMetadata, HttpStatus, Injectable, StandardSchemaValidationPipe } from '@nestjs/common';
import { type FieldError, Problem } from '../problems/problem.js';

type Issue = Parameters<NonNullable<StandardSchemaValidationPipe['exceptionFactory']>>[0][number];

class Rejected extends Error {
  constructor(readonly issues: readonly Issue[]) {
    super();
  }
}

/** Holds bodies, queries and path parameters to their schemas; the problem names every field that is not as it should be. */
@Injectable()
export class RequestValidationPipe extends StandardSchemaValidationPipe {
  constructor() {
    super({ exceptionFactory: (issues) => new Rejected(issues) });
  }

  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    try {
      return await super.transform(value, metadata);
    } catch (error) {
      if (!(error instanceof Rejected)) throw error;
      const errors = error.issues.flatMap((issue) => fieldErrors(issue, metadata));
      throw new Problem(HttpStatus.BAD_REQUEST, 'invalid-request', 'Not everything is as it should be; see errors.', {
        errors,
      });
    }
  }
}

function fieldErrors(issue: Issue, { type, data }: ArgumentMetadata): FieldError[] {
  const place = type === 'param' ? 'path' : type === 'query' ? 'query' : 'body';
  const field = [data, ...(issue.path ?? [])].filter((part) => part !== undefined).join('.');
  // zod tells all undeclared members of an object by one issue.
  const { keys = [] } = issue as { keys?: readonly string[] };
  if (keys.length === 0) return [{ in: place, field: field || place, message: issue.message }];
  return keys.map((key) => ({
    in: place,
    field: [field, key].filter(Boolean).join('.'),
    message: 'There is no such field',
  }));
}
