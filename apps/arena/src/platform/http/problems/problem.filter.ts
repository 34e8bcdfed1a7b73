import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, HttpStatus, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { LarderRedisError, LarderTimeoutError } from 'nest-larder';
import { PAGE_POLICY } from '../../pages/page.js';
import { problemPage } from '../../pages/problem-page.js';
import { delayOfDatabase, lossOfDatabase } from './database-lost.js';
import { Problem, type ProblemDetails } from './problem.js';

interface Answer {
  readonly problem: Omit<ProblemDetails, 'instance'>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Express's own members for content negotiation. */
type Request = IncomingMessage & { accepts(types: readonly string[]): string | false };
type Response = ServerResponse & { vary(header: string): void };

const JSON_TYPES = ['application/problem+json', 'application/json'];

/**
 * Answers with a problem for every error: as JSON, or as a page to browsers, which ask for HTML first. Logs unexpected errors; the
 * client does not see their details.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  constructor(private readonly host: HttpAdapterHost) {}

  catch(error: unknown, context: ArgumentsHost): void {
    const { httpAdapter } = this.host;
    const [request, response] = context.getArgs<[Request, Response]>();
    const { problem, headers = {} } = this.answerTo(error);
    // Part of the response is already sent: destroy it, so that the client sees that it is incomplete.
    if (httpAdapter.isHeadersSent(response)) {
      response.destroy();
      return;
    }
    const [instance] = String(httpAdapter.getRequestUrl(request)).split('?');
    for (const [name, value] of Object.entries(headers)) httpAdapter.setHeader(response, name, value);
    const details = { ...problem, instance: instance as string };
    response.vary('Accept');
    if (request.accepts([...JSON_TYPES, 'text/html']) === 'text/html') {
      httpAdapter.setHeader(response, 'Content-Type', 'text/html; charset=utf-8');
      httpAdapter.setHeader(response, 'Content-Security-Policy', PAGE_POLICY);
      httpAdapter.reply(response, problemPage(details), problem.status);
      return;
    }
    httpAdapter.setHeader(response, 'Content-Type', 'application/problem+json');
    httpAdapter.reply(response, details, problem.status);
  }

  private answerTo(error: unknown): Answer {
    if (error instanceof Problem) return told(error);
    if (error instanceof HttpException) return plain(error.getStatus(), error.message);
    const loss = lossOfDatabase(error);
    if (loss) {
      this.logger.warn(`The database cannot be reached: ${loss.message}`);
      return unavailable('The database cannot be reached. Try again soon.');
    }
    const delay = delayOfDatabase(error);
    if (delay) {
      this.logger.warn(`The database is too slow: ${delay.message}`);
      return unavailable('The database did not answer in time. Try again soon.');
    }
    if (error instanceof LarderRedisError) {
      this.logger.warn(error.message);
      return unavailable('Redis cannot be reached. Try again soon.');
    }
    if (error instanceof LarderTimeoutError) {
      this.logger.warn(error.message);
      return {
        ...plain(HttpStatus.GATEWAY_TIMEOUT, 'The answer did not come in time. Try again soon.'),
        headers: { 'Retry-After': '1' },
      };
    }
    this.logger.error(error);
    return plain(HttpStatus.INTERNAL_SERVER_ERROR, 'An unexpected error occurred. It has been logged.');
  }
}

function told(problem: Problem): Answer {
  const { type, title, message: detail } = problem;
  const { errors, headers } = problem.more;
  return {
    problem: { type, title, status: problem.getStatus(), detail, ...(errors && { errors: [...errors] }) },
    headers,
  };
}

function unavailable(detail: string): Answer {
  return { ...plain(HttpStatus.SERVICE_UNAVAILABLE, detail), headers: { 'Retry-After': '1' } };
}

/** A problem that its status describes completely. */
function plain(status: number, detail: string): Answer {
  return { problem: { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail } };
}
