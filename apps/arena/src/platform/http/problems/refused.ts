import { HttpException, HttpStatus } from '@nestjs/common';

/** Whether an error says that a request was refused: all of arena's writes throw it before they commit. */
export function isRefusal(error: unknown): boolean {
  return error instanceof HttpException && error.getStatus() < HttpStatus.INTERNAL_SERVER_ERROR;
}
