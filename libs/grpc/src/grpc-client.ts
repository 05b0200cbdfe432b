import { AppError } from '@gatehouse/kernel';
import {
  type CallOptions,
  type ChannelCredentials,
  type Client,
  type ClientOptions,
  type ClientReadableStream,
  type ClientUnaryCall,
  connectivityState,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { fromGrpcError } from './error-details';
import { AUTHORIZATION_KEY, SERVICE_TOKEN_KEY } from './principal';
import { clientCredentials } from './tls';
import type { TlsFiles } from './tls-files';

interface RawClient {
  close(): void;
}
type ClientConstructor<C extends RawClient> = new (
  address: string,
  credentials: ChannelCredentials,
  options?: Partial<ClientOptions>,
) => C;

type UnaryMethod<Q, R> = (
  request: Q,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, response: R) => void,
) => unknown;

const DEADLINE_MS = 10_000;
/** Who has not answered by then that a connection is made stands still, and is not waited for, however long the call itself may take. */
const CONNECTED_MS = 10_000;

export interface CallSettings {
  readonly deadlineMs?: number;
  /** Who calls, in place of whom the client speaks for. */
  readonly apiKey?: string;
}

/** The unary methods of a generated client as promises, the streaming ones as they are. */
export type Promised<C> = {
  [M in keyof C as C[M] extends (...args: never[]) => unknown ? M : never]: C[M] extends {
    (request: infer Q, metadata: Metadata, options: Partial<CallOptions>): ClientReadableStream<infer R>;
  }
    ? (request: Q, call?: Pick<CallSettings, 'apiKey'>) => ClientReadableStream<R>
    : C[M] extends UnaryMethod<infer Q, infer R>
      ? (request: Q, call?: CallSettings) => Promise<R>
      : never;
} & { close(): void };

export interface GrpcClientOptions {
  /** `host:port`. */
  readonly address: string;
  /** TLS and nothing else, where given. */
  readonly tls?: TlsFiles;
  /** Who we are: a service's token, which never goes over TLS, where the certificate tells, or an API key. */
  readonly serviceToken?: string;
  readonly apiKey?: string;
  /** Deadline of each unary call; 10 s by default. */
  readonly deadlineMs?: number;
}

/**
 * A client with a deadline on every unary call, and on the connection that it waits for, whose errors are the AppErrors that the server threw; INVALID `REQUEST_NOT_ENCODABLE` where a value of a
 * request does not fit its wire type. The connection is made lazily and made again when it breaks.
 */
export const grpcClient = <C extends RawClient>(
  constructor: ClientConstructor<C>,
  options: GrpcClientOptions,
): Promised<C> => {
  const client = new constructor(options.address, clientCredentials(options.tls), {
    'grpc.max_receive_message_length': 16 * 1024 * 1024,
    'grpc.initial_reconnect_backoff_ms': 50,
    'grpc.max_reconnect_backoff_ms': 1_000,
    // A peer that vanished without a word must not keep a watch open for ever.
    'grpc.keepalive_time_ms': 10_000,
    'grpc.keepalive_timeout_ms': 5_000,
  });
  const metadata = options.apiKey === undefined ? new Metadata() : presenting(options.apiKey);
  if (options.serviceToken !== undefined && !options.tls)
    metadata.set(SERVICE_TOKEN_KEY, options.serviceToken);
  return new Proxy(client, {
    get: (target, property: string) => methodOf(target as never, property, metadata, options),
  }) as unknown as Promised<C>;
};

const presenting = (apiKey: string): Metadata => {
  const metadata = new Metadata();
  metadata.set(AUTHORIZATION_KEY, `Bearer ${apiKey}`);
  return metadata;
};

type RawMethod = ((...args: unknown[]) => unknown) & { responseStream?: boolean };

const methodOf = (
  client: Client & Record<string, RawMethod | undefined>,
  name: string,
  metadata: Metadata,
  options: GrpcClientOptions,
): unknown => {
  const method = client[name];
  if (typeof method !== 'function') return undefined;
  if (method.responseStream)
    return (request: unknown, { apiKey }: CallSettings = {}) =>
      method.call(client, request, apiKey === undefined ? metadata : presenting(apiKey), {});
  if (!('requestStream' in method)) return method.bind(client);
  return (request: unknown, call: CallSettings = {}) =>
    new Promise((resolve, reject) => {
      const deadlineMs = call.deadlineMs ?? options.deadlineMs ?? DEADLINE_MS;
      const deadline = Date.now() + deadlineMs;
      let connecting: NodeJS.Timeout | undefined;
      let standsStill = false;
      try {
        const sent = method.call(
          client,
          request,
          call.apiKey === undefined ? metadata : presenting(call.apiKey),
          { deadline },
          (error: ServiceError | null, response: unknown) => {
            clearTimeout(connecting);
            if (standsStill) reject(unconnected(options.address));
            else if (error) reject(isUnsent(error) ? unencodable(error) : fromGrpcError(error));
            else resolve(response);
          },
        ) as ClientUnaryCall;
        const cancelUnlessConnected = (): void => {
          standsStill = client.getChannel().getConnectivityState(false) === connectivityState.CONNECTING;
          if (standsStill) sent.cancel();
        };
        if (deadlineMs > CONNECTED_MS) connecting = setTimeout(cancelUnlessConnected, CONNECTED_MS);
      } catch (error) {
        // The caller's key has letters that no header may have.
        reject(unencodable(error));
      }
    });
};

const unconnected = (address: string): AppError => {
  const details = `${address} has not answered within ${CONNECTED_MS / 1_000} s: it stands still`;
  return new AppError('UNAVAILABLE', 'PEER_UNAVAILABLE', { cause: { details } });
};

/** What grpc-js itself says of a request that it could not serialise: a value outside its wire type. */
const isUnsent = ({ code, details }: ServiceError): boolean =>
  code === status.INTERNAL && details.startsWith('Request message serialization failure');

const unencodable = (cause: unknown): AppError => new AppError('INVALID', 'REQUEST_NOT_ENCODABLE', { cause });
