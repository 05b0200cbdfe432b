import { AppError } from '@gatehouse/kernel';
import type { ServerUnaryCall } from '@grpc/grpc-js';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { principalOf, rememberCaller } from './grpc-service.decorator';
import { refusalOf } from './malformed-request';

/** Lets through what `admitCalls` admitted, and refuses what could not be decoded. */
@Injectable()
export class AuthGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    // Unary handlers get (request, metadata, call), streaming ones (call).
    const call = context.getArgs<unknown[]>().at(-1) as ServerUnaryCall<unknown, unknown>;
    const principal = principalOf(call.metadata);
    if (!principal) throw new AppError('UNAUTHENTICATED', 'CREDENTIALS_MISSING');
    const refusal = refusalOf(call.request);
    if (refusal) throw refusal;
    rememberCaller(call, { principal, address: call.getPeer() });
    return true;
  }
}
