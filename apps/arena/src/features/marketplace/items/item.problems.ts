import { HttpStatus } from '@nestjs/common';
import { Problem } from '../../../platform/http/problems/problem.js';

export function notYours(id: string): Problem {
  return new Problem(HttpStatus.FORBIDDEN, 'not-your-item', `Item ${id} is not yours to change.`);
}
