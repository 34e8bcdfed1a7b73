import { applyDecorators, createParamDecorator, type ExecutionContext, HttpStatus, UseGuards } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import { AnswersProblem } from '../../../platform/http/openapi/problems.js';
import { Organiser } from './organiser.guard.js';
import { SignedIn, type SignedInRequest } from './signed-in.guard.js';
import { Staff } from './staff.guard.js';

/** Requires a user token on a route. */
export function ForSignedIn() {
  return applyDecorators(
    UseGuards(SignedIn),
    ApiBearerAuth(),
    AnswersProblem(HttpStatus.UNAUTHORIZED, 'No valid token'),
  );
}

/** Requires the token of an organiser on a route. */
export function ForOrganisers() {
  return applyDecorators(
    UseGuards(SignedIn, Organiser),
    ApiBearerAuth(),
    AnswersProblem(HttpStatus.UNAUTHORIZED, 'No valid token'),
    AnswersProblem(HttpStatus.FORBIDDEN, 'Not an organiser'),
  );
}

/** Requires the token of a staff member on a route. */
export function ForStaff() {
  return applyDecorators(
    UseGuards(SignedIn, Staff),
    ApiBearerAuth(),
    AnswersProblem(HttpStatus.UNAUTHORIZED, 'No valid token'),
    AnswersProblem(HttpStatus.FORBIDDEN, 'Not of the staff'),
  );
}

/** The signed-in user, on a route that requires a user token. */
export const CurrentUser = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<SignedInRequest>().user,
);
