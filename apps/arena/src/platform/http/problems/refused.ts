import { HttpException, HttpStatus } from '@nestjs/common';

/** Whether an error refuses a request. All writes of arena throw refusals before they commit. */
export function isRefusal(error: unknown): boolean {
  return error instanceof HttpException && error.getStatus() < HttpStatus.INTERNAL_SERVER_ERROR;
}
