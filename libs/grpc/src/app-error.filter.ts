import { AppError } from '@gatehouse/kernel';
import { type ArgumentsHost, Catch, type RpcExceptionFilter } from '@nestjs/common';
import { type Observable, throwError } from 'rxjs';
import { internalGrpcError, toGrpcError } from './error-details';
import { ErrorLog } from './error-log';

/** AppError to google.rpc.Status; anything else is our bug: logged, and INTERNAL without detail. */
@Catch()
export class AppErrorFilter implements RpcExceptionFilter {
  constructor(private readonly log: ErrorLog) {}

  catch(error: unknown, host: ArgumentsHost): Observable<never> {
    return throwError(() => this.answerTo(error, host));
  }

  private answerTo(error: unknown, host: ArgumentsHost): object {
    if (error instanceof AppError) return toGrpcError(error);
    this.log.error({ err: error, handler: host.getType() }, 'a call failed unexpectedly');
    return internalGrpcError();
  }
}
