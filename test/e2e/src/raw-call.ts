import { connect, constants } from 'node:http2';
import { AUTHORIZATION_KEY } from '@gatehouse/grpc';
import { status } from '@grpc/grpc-js';

/** By itself Node's client sends no message above 10 MB. */
const CLIENT_MEGABYTES = 64;

export interface RawCall {
  readonly path: string;
  readonly key: string | undefined;
  /** Of the message, as they travel. */
  readonly bytes?: Buffer;
  readonly compressed?: boolean;
}

export interface RawAnswer {
  /** The name of the gRPC status, or `no answer`. */
  readonly outcome: string;
  /** `host:port` of the caller, as the server sees it. */
  readonly from: string;
}

/** A call that says what no gRPC client would, on a connection of its own. */
export const rawCall = (
  address: string,
  { path, key, bytes = Buffer.alloc(0), compressed = false }: RawCall,
): Promise<RawAnswer> =>
  new Promise((resolve) => {
    const session = connect(`http://${address}`, { maxSessionMemory: CLIENT_MEGABYTES });
    let from = '';
    session.on('connect', (_, { localAddress, localPort }) => (from = `${localAddress}:${localPort}`));
    const ended = (outcome: string): void => {
      resolve({ outcome, from });
      session.destroy();
    };
    const call = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: path,
      [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
      [constants.HTTP2_HEADER_TE]: 'trailers',
      ...(key !== undefined && { [AUTHORIZATION_KEY]: `Bearer ${key}` }),
      ...(compressed && { 'grpc-encoding': 'gzip' }),
    });
    const told = (headers: Readonly<Record<string, unknown>>): void => {
      const code = headers['grpc-status'];
      if (code !== undefined) ended(status[Number(code)] ?? String(code));
    };
    // A refusal comes as headers alone, an answer has it in its trailers.
    call.on('response', told).on('trailers', told);
    call.on('close', () => ended('no answer')).on('error', () => undefined);
    session.on('error', () => ended('no answer'));
    const prefix = Buffer.alloc(5);
    prefix.writeUInt8(compressed ? 1 : 0, 0);
    prefix.writeUInt32BE(bytes.length, 1);
    call.end(Buffer.concat([prefix, bytes]));
    call.resume();
  });
