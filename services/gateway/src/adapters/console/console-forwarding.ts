import {
  Agent,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as ask,
  type ServerResponse,
} from 'node:http';
import { Agent as HttpsAgent, request as askSecurely } from 'node:https';
import { CONSOLE } from '@gatehouse/topology';
import { listenAddress } from '../../listen-address';

const PATHS: ReadonlySet<string> = new Set(CONSOLE.paths);
/** Requests that are handed on at once; the others wait. */
const SOCKETS_MAX = 64;
/** From head to end of a request and its answer. */
const DEADLINE_MS = 60_000;

/** Of one connection (RFC 9110 §7.6.1), and what lets a browser speak for somebody: on this port keys do. */
const KEPT_HERE: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer'],
  ...['transfer-encoding', 'upgrade', 'expect', 'host', 'cookie', 'set-cookie'],
]);

const UNAVAILABLE = JSON.stringify({
  success: false,
  data: { message: 'unavailable, try again (CONSOLE_UNAVAILABLE)', errorCode: 'AB04' },
});

/**
 * Hands on to the console what is the console's, so that one base URL has both planes. It judges nothing: bytes go through as they
 * come, and the key with them. Calls of models never get here.
 */
export class ConsoleForwarding {
  private readonly agent: Agent;
  private readonly console: { readonly host: string; readonly port: number };

  /**
   * @param address `host:port`.
   * @param ca in PEM: whom a console over HTTPS has to be signed by; undefined where it speaks plain HTTP.
   */
  constructor(
    address: string,
    private readonly ca?: Buffer,
    private readonly deadlineMs = DEADLINE_MS,
  ) {
    const options = { keepAlive: true, maxSockets: SOCKETS_MAX };
    this.agent = ca === undefined ? new Agent(options) : new HttpsAgent({ ...options, ca });
    this.console = listenAddress(address);
  }

  /** Answers false, and has done nothing, where a request is not the console's. */
  take(request: IncomingMessage, response: ServerResponse): boolean {
    const [, version, first = ''] = request.url?.split('?')[0]?.split('/') ?? [];
    if (version !== 'v1' || !PATHS.has(first)) return false;
    this.handOn(request, response);
    return true;
  }

  close(): void {
    this.agent.destroy();
  }

  private handOn(request: IncomingMessage, response: ServerResponse): void {
    const { method, url } = request;
    const asked = (this.ca === undefined ? ask : askSecurely)({
      ...this.console,
      agent: this.agent,
      method,
      path: url,
      headers: handedOn(request.headers),
    });
    const overdue = setTimeout(() => asked.destroy(new Error('the console takes too long')), this.deadlineMs);
    asked.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, handedOn(answer.headers));
      // What ends early on one side is cut on the other, and not taken for the whole.
      answer.once('error', () => response.destroy());
      answer.pipe(response);
    });
    asked.once('error', () => refuse(request, response));
    response.once('close', () => {
      clearTimeout(overdue);
      asked.destroy();
    });
    sendBody(request, asked);
  }
}

const sendBody = (request: IncomingMessage, asked: ClientRequest): void => {
  request.once('error', () => asked.destroy());
  request.pipe(asked);
};

const handedOn = (headers: IncomingHttpHeaders): IncomingHttpHeaders => {
  const ofConnection = new Set((headers.connection ?? '').toLowerCase().split(/ *, */));
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !KEPT_HERE.has(name) && !ofConnection.has(name)),
  );
};

const refuse = (request: IncomingMessage, response: ServerResponse): void => {
  if (response.headersSent) return void response.destroy();
  // The rest of the body is nobody's.
  request.unpipe();
  request.resume();
  response.writeHead(503, { 'content-type': 'application/json', connection: 'close' }).end(UNAVAILABLE);
};
