import { applyDecorators, HttpStatus, UseGuards } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import { AnswersProblem } from '../../platform/http/openapi/problems.js';
import { ADMIN_SCHEME } from '../../platform/http/openapi/schemes.js';
import { AdminGuard } from './admin.guard.js';

/** Requires the admin token on a route. */
export function ForAdmins() {
  return applyDecorators(
    UseGuards(AdminGuard),
    ApiBearerAuth(ADMIN_SCHEME),
    AnswersProblem(HttpStatus.UNAUTHORIZED, 'Admin token missing or wrong'),
  );
}
