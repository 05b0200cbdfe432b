import { connect, type SecureClientSessionOptions } from 'node:http2';

/** An empty HealthCheckRequest: not compressed, no bytes. */
const REQUEST = Buffer.alloc(5);
/** HealthCheckResponse with `status: SERVING`: not compressed, two bytes, field 1, varint 1. */
const SERVING = Buffer.from([0, 0, 0, 0, 2, 0x08, 0x01]);

/**
 * Whether the standard health service at a `host:port` says, before the deadline, that the whole server serves. Plain
 * HTTP/2, because this runs every few seconds in every container and a gRPC library takes longer to load than the
 * question to answer.
 * @param tls whom to believe and what to show; without it the question is asked plainly.
 */
export const isGrpcServing = (
  address: string,
  deadlineMs: number,
  tls?: Pick<SecureClientSessionOptions, 'ca' | 'cert' | 'key'>,
): Promise<boolean> =>
  new Promise((resolve) => {
    const session = tls ? connect(`https://${address}`, tls) : connect(`http://${address}`);
    const answer = (serving: boolean): void => {
      clearTimeout(late);
      resolve(serving);
      session.destroy();
    };
    // Of the whole, and not of a silence: who answers a byte now and then is late all the same.
    const late = setTimeout(() => answer(false), deadlineMs);
    session.once('error', () => answer(false));
    const request = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('error', () => answer(false));
    request.once('end', () => answer(SERVING.equals(Buffer.concat(chunks))));
    request.end(REQUEST);
  });
