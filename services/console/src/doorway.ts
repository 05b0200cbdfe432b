import { randomUUID } from 'node:crypto';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { promisify } from 'node:util';
import { HttpsCertificate, type HttpsConfig } from '@gatehouse/config';
import type { ConsoleConfig } from './console.config';
import { openPage, PAGE_DIRECTORY, secure } from './page';

/** What answers requests, once it is loaded. */
export interface LoadedConsole {
  readonly answer: RequestListener;
  close(): Promise<void>;
}

export interface RunningConsole {
  /** `http://host:port`, or `https://…`. */
  readonly url: string;
  /** Requests that are under way may end. */
  stop(): Promise<void>;
}

/** SDKs of Portkey's repeat no request whose answer carries it. */
const REQUEST_ID_HEADERS = ['x-portkey-request-id', 'x-gatehouse-request-id'] as const;
/** From a request's first byte to its last: as long as it comes, there is room kept for its body. */
const REQUEST_WITHIN_MS = 20_000;
const UNAVAILABLE = {
  success: false,
  data: { message: 'unavailable (CONSOLE_UNAVAILABLE)', errorCode: 'AB04', reason: 'CONSOLE_UNAVAILABLE' },
};

/**
 * Listens, serves the page, and loads what answers the rest when it is first asked: an installation that nobody administers spares the
 * memory of it. Over HTTPS, and nothing else, where a certificate is configured. Every answer has an id. `/healthz` and `/readyz` are answered here: to be there is all that is asked of a console.
 */
export const openDoorway = async (
  config: Pick<ConsoleConfig, 'GATEHOUSE_HTTP_LISTEN'> & HttpsConfig,
  load: () => Promise<LoadedConsole>,
  {
    pageDirectory = PAGE_DIRECTORY,
    certificateFault = () => undefined,
    requestWithinMs = REQUEST_WITHIN_MS,
  }: {
    readonly pageDirectory?: string;
    readonly certificateFault?: (error: Error) => void;
    readonly requestWithinMs?: number;
  } = {},
): Promise<RunningConsole> => {
  const { GATEHOUSE_HTTP_LISTEN: listen } = config;
  const certificate = HttpsCertificate.in(config, certificateFault);
  const page = openPage(pageDirectory);
  let loading: Promise<LoadedConsole> | undefined;
  /** What could not be loaded is tried again by the next request. */
  const loaded = (): Promise<LoadedConsole> =>
    (loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    }));
  const server = serverWith(certificate, requestWithinMs, (request, response) => {
    const id = randomUUID();
    for (const header of REQUEST_ID_HEADERS) response.setHeader(header, id);
    secure(response);
    if (request.url === '/healthz' || request.url === '/readyz') return json(response, 200, { status: 'ok' });
    page(request, response, () => {
      // What is answered to one caller is nobody else's, and is not kept by a browser either: it may be a secret.
      response.setHeader('cache-control', 'no-store');
      loaded().then(
        ({ answer }) => answer(request, response),
        () => json(response, 503, UNAVAILABLE),
      );
    });
  });
  const { host, port } = addressIn(listen);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const stop = async (): Promise<void> => {
    const closed = promisify(server.close.bind(server))();
    server.closeIdleConnections();
    await closed;
    await (await loading?.catch(() => undefined))?.close();
  };
  return { url: `${certificate ? 'https' : 'http'}://${listen}`, stop };
};

const serverWith = (
  certificate: HttpsCertificate | undefined,
  requestTimeout: number,
  listener: RequestListener,
): Server => {
  const options = { requestTimeout, connectionsCheckingInterval: requestTimeout / 4 };
  if (!certificate) return createServer(options, listener);
  const server = createHttpsServer({ ...certificate.contents, ...options }, listener);
  certificate.keepIn(server);
  return server;
};

const json = (response: ServerResponse<IncomingMessage>, status: number, body: object): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

/** A host of IPv6 may stand in brackets. */
const addressIn = (listen: string): { host: string; port: number } => {
  const at = listen.lastIndexOf(':');
  return { host: listen.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(listen.slice(at + 1)) };
};
