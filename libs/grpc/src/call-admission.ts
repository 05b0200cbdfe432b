import { AppError } from '@gatehouse/kernel';
import { type ServerInterceptor, ServerInterceptingCall, ServerListenerBuilder } from '@grpc/grpc-js';
import { atOnce } from './at-once';
import { internalGrpcError, toGrpcError } from './error-details';
import { permissionAt, rememberPrincipal } from './grpc-service.decorator';
import { type Authenticator, mayDo, type Principal } from './principal';
import { identityOf } from './tls';

/** Health and reflection are for anybody. */
const OPEN_PATHS = '/grpc.';

/** Calls of a process whose caller is being looked up; each takes a place in the line for the database. */
const AUTHENTICATING_MAX = 1_000;
const authenticating = atOnce(AUTHENTICATING_MAX);

/**
 * Lets a call in before a byte of its message is read: grpc-js asks its stream for data only once the metadata was
 * passed on, so a stranger's message is neither buffered, nor decompressed, nor decoded.
 */
export const admitCalls =
  (authenticator: () => Authenticator): ServerInterceptor =>
  (method, call) => {
    const admit = async (metadata: Parameters<Authenticator['authenticate']>[0]): Promise<void> => {
      // grpc-js takes the header out of the metadata and keeps it here.
      const { incomingEncoding } = call as unknown as { readonly incomingEncoding?: string };
      if (incomingEncoding !== 'identity') throw new AppError('INVALID', 'COMPRESSION_REFUSED');
      if (method.path.startsWith(OPEN_PATHS)) return;
      // There only where a certificate was shown and verified.
      const certificate = call.getAuthContext().sslPeerCertificate;
      const identity = certificate && identityOf(certificate);
      const principal = await authenticating(() => authenticator().authenticate(metadata, identity));
      demand(method.path, principal);
      rememberPrincipal(metadata, principal);
    };
    const listener = new ServerListenerBuilder()
      .withOnReceiveMetadata((metadata, next) => {
        admit(metadata).then(
          () => next(metadata),
          (error: unknown) =>
            call.sendStatus(error instanceof AppError ? toGrpcError(error) : internalGrpcError()),
        );
      })
      .build();
    return new ServerInterceptingCall(call, { start: (next) => next(listener) });
  };

const demand = (path: string, principal: Principal): void => {
  const permission = permissionAt(path);
  if (permission !== undefined && mayDo(principal, permission)) return;
  throw new AppError('FORBIDDEN', 'PERMISSION_DENIED', { metadata: { permission: permission ?? 'none' } });
};
