import type { HttpStatus } from '@nestjs/common';
import { ApiResponse, getSchemaPath, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { problemDetails } from '../problems/problem.js';
import { operationsOf } from './operations.js';

const NAME = 'Problem';
const content = { 'application/problem+json': { schema: { $ref: getSchemaPath(NAME) } } };

/** Documents in OpenAPI that a route may answer with this problem. */
export function AnswersProblem(status: HttpStatus, description: string): MethodDecorator & ClassDecorator {
  return ApiResponse({ status, description, content });
}

/** Adds the schema of problems, and the problems that every route may answer with. */
export function describeProblems(document: OpenAPIObject): void {
  const { $schema, ...schema } = z.toJSONSchema(problemDetails, { target: 'openapi-3.0', io: 'input' });
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, [NAME]: schema as object },
  };
  for (const operation of operationsOf(document)) {
    const takes = operation.requestBody !== undefined || (operation.parameters ?? []).length > 0;
    if (takes) operation.responses['400'] = { description: 'A field is invalid', content };
    operation.responses.default = { description: 'Any other problem', content };
  }
}
