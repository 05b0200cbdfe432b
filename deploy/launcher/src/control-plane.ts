import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CallOptions,
  type ChannelCredentials,
  type ClientUnaryCall,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';

const CALL_DEADLINE_MS = 10_000;
const PATIENCE_MS = 30_000;

type UnaryMethod<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, response: Response) => void,
) => ClientUnaryCall;

/** The operator, by the certificate that its connections show, or by a token where services speak plain text. */
export type Operator = { readonly certificate: ChannelCredentials } | { readonly serviceToken: string };

/** Who is calling. */
export type Caller = Operator | { readonly apiKey: string };

/** What passes by itself while services find each other and a new key spreads to them. */
const PASSING: ReadonlySet<number> = new Set([
  status.UNAVAILABLE,
  status.DEADLINE_EXCEEDED,
  status.UNAUTHENTICATED,
]);

export const plaintext = credentials.createInsecure;

/** Calls, and calls again while the reason not to answer is one that passes: every call carries a request id. */
export const callPatiently = async <Request, Response>(
  method: UnaryMethod<Request, Response>,
  request: Request,
  caller: Caller,
  signal: AbortSignal,
): Promise<Response> => {
  const start = Date.now();
  for (;;) {
    signal.throwIfAborted();
    try {
      return await call(method, request, caller);
    } catch (error) {
      const { code } = error as ServiceError;
      if (!PASSING.has(code) || Date.now() - start > PATIENCE_MS) throw error;
    }
    await sleep(100);
  }
};

const call = <Request, Response>(
  method: UnaryMethod<Request, Response>,
  request: Request,
  caller: Caller,
): Promise<Response> =>
  new Promise((resolve, reject) => {
    const metadata = new Metadata();
    if ('serviceToken' in caller) metadata.set('x-gatehouse-service-token', caller.serviceToken);
    if ('apiKey' in caller) metadata.set('authorization', `Bearer ${caller.apiKey}`);
    method(request, metadata, { deadline: Date.now() + CALL_DEADLINE_MS }, (error, response) =>
      error ? reject(error) : resolve(response),
    );
  });
