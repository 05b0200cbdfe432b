import { ErrorLog } from '@gatehouse/grpc';
import { AppError } from '@gatehouse/kernel';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Inject } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type ErrorAnswer, INTERNAL, refusalOf, UNKNOWN_URL, untaken } from './error-envelope';

/** Every error in this API's envelope. What nobody foresaw is logged. */
@Catch()
export class RestErrorFilter implements ExceptionFilter {
  constructor(@Inject(ErrorLog) private readonly log: ErrorLog) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const { status, body } = this.answerTo(error);
    void host.switchToHttp().getResponse<FastifyReply>().status(status).send(body);
  }

  private answerTo(error: unknown): ErrorAnswer {
    if (error instanceof AppError) return refusalOf(error);
    const status = error instanceof HttpException ? error.getStatus() : statusIn(error);
    if (status === 404) return UNKNOWN_URL;
    if (status !== undefined && status >= 400 && status < 500) return untaken(status);
    this.log.error({ err: error }, 'a request failed unexpectedly');
    return INTERNAL;
  }
}

/** Of an error of Fastify's. */
const statusIn = (error: unknown): number | undefined =>
  error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : undefined;
