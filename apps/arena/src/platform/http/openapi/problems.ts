import type { HttpStatus } from '@nestjs/common';
import { ApiResponse, getSchemaPath, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { problemDetails } from '../problems/problem.js';
import { operationsOf } from './operations.js';

const NAME = 'Problem';
const content = { 'application/problem+json': { schema: { $ref: getSchemaPath(NAME) } } };

/** Says in the OpenAPI document that a route may answer this problem. */
export function AnswersProblem(status: HttpStatus, description: string): MethodDecorator & ClassDecorator {
  return ApiResponse({ status, description, content });
}

/** Adds what problems look like, and which of them every route may answer. */
export function describeProblems(document: OpenAPIObject): void {
  const { $schema, ...schema } = z.toJSONSchema(problemDetails, { target: 'openapi-3.0', io: 'input' });
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, [NAME]: schema as object },
  };
  for (const operation of operationsOf(document)) {
    const takes = operation.requestBody !== undefined || (operation.parameters ?? []).length > 0;
    if (takes) operation.responses['400'] = { description: 'A field is not as it should be', content };
    operation.responses.default = { description: 'Any other problem', content };
  }
}
