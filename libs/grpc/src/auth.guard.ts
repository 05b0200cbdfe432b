import { AppError } from '@gatehouse/kernel';
import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { permissionOf, rememberCaller } from './grpc-service.decorator';
import { isMalformed } from './malformed-request';
import { Authenticator, mayDo } from './principal';

/** Authenticates every call and checks the permission declared beside its RPC. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(private readonly authenticator: Authenticator) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    // Unary handlers get (request, metadata, call), streaming ones (call).
    const call = context.getArgs<unknown[]>().at(-1) as ServerUnaryCall<unknown, unknown> & {
      metadata: Metadata;
    };
    const principal = await this.authenticator.authenticate(call.metadata);
    const permission = permissionOf(context.getHandler());
    if (permission === undefined || !mayDo(principal, permission)) {
      throw new AppError('FORBIDDEN', 'PERMISSION_DENIED', {
        metadata: { permission: permission ?? 'none' },
      });
    }
    if (isMalformed(call.request)) throw new AppError('INVALID', 'REQUEST_MALFORMED');
    rememberCaller(call, { principal, address: call.getPeer() });
    return true;
  }
}
