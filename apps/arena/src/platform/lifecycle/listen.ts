import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { StartProblem } from './start-problem.js';

/** @throws StartProblem if arena may not listen on that port */
export async function listen(app: INestApplication, port: number): Promise<void> {
  try {
    await app.listen(port);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') throw wrongPort(port, 'a port that no other program listens on, or 0 for any', cause);
    if (code === 'EACCES') throw wrongPort(port, 'a port that this user may listen on, mostly those from 1024', cause);
    throw cause;
  }
}

/** The URL of a listening application. */
export function urlOf(app: INestApplication): string {
  const { port } = app.getHttpServer().address() as AddressInfo;
  return `http://localhost:${port}`;
}

function wrongPort(port: number, takes: string, cause: unknown): StartProblem {
  return new StartProblem([`invalid PORT: got ${port}, expected ${takes}`], { cause });
}
