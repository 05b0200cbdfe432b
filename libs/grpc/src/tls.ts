import type { ServerHttp2Session } from 'node:http2';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { AppError } from '@gatehouse/kernel';
import { IDENTITIES, type Identity } from '@gatehouse/topology';
import {
  type ChannelCredentials,
  credentials,
  experimental,
  type Server,
  type ServerCredentials,
} from '@grpc/grpc-js';
import { http2ServersOf } from './connections';
import type { TlsFiles } from './tls-files';

export interface ServerTls {
  readonly files: TlsFiles;
  /**
   * Whether callers with API keys must show a certificate too. Services and the operator always must: they are known by
   * it alone.
   */
  readonly clientCertificates: 'optional' | 'required';
}

/** Callers are asked for a certificate. */
export const serverCredentials = ({ files, clientCertificates }: ServerTls): ServerCredentials =>
  experimental.createCertificateProviderServerCredentials(files, files, clientCertificates === 'required');

/** The server must be of our CA and of the name that was called; our own certificate, if any, is shown. */
export const clientCredentials = (files: TlsFiles | undefined): ChannelCredentials =>
  files === undefined
    ? credentials.createInsecure()
    : experimental.createCertificateProviderChannelCredentials(files, files.hasOwn ? files : null);

/**
 * Ends connections that show a certificate which is not of our CA, or not valid now. Where certificates are optional, TLS
 * lets them in, and only says so afterwards.
 */
export const refuseUnverified = (server: Server): void => {
  for (const http2Server of http2ServersOf(server)) {
    http2Server.on('session', (session: ServerHttp2Session) => {
      const socket = session.socket as TLSSocket;
      const shown = (socket.getPeerCertificate() as PeerCertificate | null)?.raw !== undefined;
      if (shown && !socket.authorized) session.destroy();
    });
  }
};

const IDENTITY_URI = /^URI:spiffe:\/\/gatehouse\/([a-z]+)$/;

/** The name in a certificate that proves an identity. */
export const identityUri = (identity: Identity): string => `spiffe://gatehouse/${identity}`;

/**
 * Who a verified certificate speaks for: its one URI, `spiffe://gatehouse/<identity>`. Undefined for a certificate without
 * a URI, which is a caller's with an API key. Errors: UNAUTHENTICATED `CERTIFICATE_UNKNOWN` for any other.
 */
export const identityOf = (certificate: Pick<PeerCertificate, 'subjectaltname'>): Identity | undefined => {
  const uris = (certificate.subjectaltname ?? '').split(', ').filter((name) => name.startsWith('URI:'));
  if (uris.length === 0) return undefined;
  const [, name] = (uris.length === 1 && IDENTITY_URI.exec(uris[0] ?? '')) || [];
  const identity = IDENTITIES.find((one) => one === name);
  if (!identity) throw new AppError('UNAUTHENTICATED', 'CERTIFICATE_UNKNOWN');
  return identity;
};
