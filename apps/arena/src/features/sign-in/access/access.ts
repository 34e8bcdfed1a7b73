import { applyDecorators, createParamDecorator, type ExecutionContext, HttpStatus, UseGuards } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import { AnswersProblem } from '../../../platform/http/openapi/problems.js';
import { Organiser } from './organiser.guard.js';
import { SignedIn, type SignedInRequest } from './signed-in.guard.js';
import { Staff } from './staff.guard.js';

/** For routes that need a token. */
export function ForSignedIn() {
  return applyDecorators(
    UseGuards(SignedIn),
    ApiBearerAuth(),
    AnswersProblem(HttpStatus.UNAUTHORIZED, 'No valid token'),
  );
}

/** For routes that need the token of an organiser. */
export function ForOrganisers() {
  return applyDecorators(
    UseGuards(SignedIn, Organiser),
    ApiBearerAuth(),
    AnswersProblem(HttpStatus.UNAUTHORIZED, 'No valid token'),
    AnswersProblem(HttpStatus.FORBIDDEN, 'Not an organiser'),
  );
}

/** For routes that need the token of somebody who works for those who run arena. */
export function ForStaff() {
  return applyDecorators(
    UseGuards(SignedIn, Staff),
    ApiBearerAuth(),
    AnswersProblem(HttpStatus.UNAUTHORIZED, 'No valid token'),
    AnswersProblem(HttpStatus.FORBIDDEN, 'Not of the staff'),
  );
}

/** Who asks, on a route for those who are signed in. */
export const CurrentUser = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<SignedInRequest>().user,
);
