import { AppError } from '@gatehouse/kernel';
import {
  type ServerInterceptor,
  ServerInterceptingCall,
  ServerListenerBuilder,
  status,
  type StatusObject,
} from '@grpc/grpc-js';
import type { StrangersConnections } from './connections';
import { callerText, denialReason, type Denials } from './denials';
import { internalGrpcError, toGrpcError } from './error-details';
import { rememberPrincipal, requirementAt } from './grpc-service.decorator';
import { type Authenticator, demandScope, isKeyPermission, mayDo, type Principal } from './principal';
import { identityOf } from './tls';

/** Health and reflection are for anybody. */
const OPEN_PATHS = '/grpc.';

/**
 * Lets a call in before a byte of its message is read: grpc-js asks its stream for data only once the metadata was
 * passed on, so a stranger's message is neither buffered, nor decompressed, nor decoded. Calls that are turned away, here
 * or later, are noted, and connections are told who was let in on them.
 */
export const admitCalls =
  (
    authenticator: () => Authenticator,
    connections: StrangersConnections,
    denials?: Denials,
  ): ServerInterceptor =>
  (method, call) => {
    let caller: Principal | undefined;
    const note = (answer: Partial<Pick<StatusObject, 'code' | 'details'>>): void => {
      const reason = denialReason({ code: answer.code ?? status.UNKNOWN, details: answer.details ?? '' });
      if (reason === undefined) return;
      denials?.note({ rpc: method.path, address: call.getPeer(), caller: callerText(caller), reason });
    };
    const admit = async (metadata: Parameters<Authenticator['authenticate']>[0]): Promise<void> => {
      const ends = call.getConnectionInfo();
      const open = method.path.startsWith(OPEN_PATHS);
      if (!open) connections.asked(ends);
      // grpc-js takes the header out of the metadata and keeps it here.
      const { incomingEncoding } = call as unknown as { readonly incomingEncoding?: string };
      if (incomingEncoding !== 'identity') throw new AppError('INVALID', 'COMPRESSION_REFUSED');
      if (open) return connections.visited(ends);
      // There only where a certificate was shown and verified.
      const certificate = call.getAuthContext().sslPeerCertificate;
      const identity = certificate && identityOf(certificate);
      caller = await authenticator().authenticate(metadata, identity);
      connections.authenticated(ends);
      demand(method.path, caller);
      rememberPrincipal(metadata, caller);
    };
    const listener = new ServerListenerBuilder()
      .withOnReceiveMetadata((metadata, next) => {
        admit(metadata).then(
          () => next(metadata),
          (error: unknown) => {
            const answer = error instanceof AppError ? toGrpcError(error) : internalGrpcError();
            note(answer);
            call.sendStatus(answer);
            if (isStrangers(error, caller)) connections.refused(call.getConnectionInfo());
          },
        );
      })
      .build();
    return new ServerInterceptingCall(call, {
      start: (next) => next(listener),
      sendStatus: (answer, next) => {
        note(answer);
        next(answer);
      },
    });
  };

/** Refused for what was presented; not for want of room, or for a fault of ours, where we do not know who called. */
const isStrangers = (error: unknown, caller: Principal | undefined): boolean =>
  caller === undefined && error instanceof AppError && error.code !== 'UNAVAILABLE';

/**
 * Refuses who may not call what is at a path: FORBIDDEN `PERMISSION_DENIED` for want of the permission, then `SCOPE_MISSING`
 * for want of the scope. What nothing is declared of is nobody's.
 */
export const demand = (path: string, principal: Principal): void => {
  const required = requirementAt(path);
  if (required === undefined || !mayDo(principal, required.permission)) {
    const permission = required?.permission ?? 'none';
    throw new AppError('FORBIDDEN', 'PERMISSION_DENIED', { metadata: { permission } });
  }
  if (isKeyPermission(required.permission)) demandScope(principal, ...required.scopes);
};
