import {
  Agent,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as ask,
  type RequestOptions,
  type ServerResponse,
} from 'node:http';
import { Agent as HttpsAgent, request as askSecurely } from 'node:https';
import { CONSOLE } from '@gatehouse/topology';
import { ClientGone } from '../../app/admission';
import { Refusal } from '../../domain/refusal';
import { listenAddress } from '../../listen-address';
import { BodyBudget } from '../http/body-budget';
import { onConnectionEnd } from '../http/connection-end';
import { requestOf } from '../http/http-exchanges';
import { readBody } from '../http/request-body';

const PATHS: ReadonlySet<string> = new Set(CONSOLE.paths);
/** Requests that are handed on at once; the others wait. */
const SOCKETS_MAX = 64;
/** From when the console is asked to the end of its answer. */
const DEADLINE_MS = 60_000;
/** As much as the console takes. */
const BODY_BYTES_MAX = 4 * 1024 * 1024;
/** Of all bodies that have come and are not answered yet; a quarter of it from one address. */
const BODIES_BYTES_MAX = 32 * 1024 * 1024;
const BODY_DEADLINE_MS = 20_000;

/**
 * Of one connection (RFC 9110 §7.6.1), and what lets a browser speak for somebody: on this port keys do. How long a body is, is said anew: one
 * whose end the console saw elsewhere would be read as somebody's next request.
 */
const KEPT_HERE: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer'],
  ...['transfer-encoding', 'upgrade', 'expect', 'host', 'cookie', 'set-cookie'],
]);

const UNAVAILABLE = refused(503, 'unavailable, try again (CONSOLE_UNAVAILABLE)');

export interface ForwardingOptions {
  /** In PEM: whom a console over HTTPS has to be signed by; undefined where it speaks plain HTTP. */
  readonly ca?: Buffer;
  readonly deadlineMs?: number;
  readonly bodyDeadlineMs?: number;
}

/**
 * Hands on to the console what is the console's, so that one base URL has both planes. It judges nothing: bytes go through as they
 * come, and the key with them. A request is handed on once all of it is there: whoever sends slowly holds up nobody. Calls of models never get
 * here.
 */
export class ConsoleForwarding {
  private readonly agent: Agent;
  private readonly console: { readonly host: string; readonly port: number };
  private readonly bodies = new BodyBudget(BODIES_BYTES_MAX);

  /** @param address `host:port`. */
  constructor(
    address: string,
    private readonly options: ForwardingOptions = {},
  ) {
    const { ca } = options;
    const pool = { keepAlive: true, maxSockets: SOCKETS_MAX };
    this.agent = ca === undefined ? new Agent(pool) : new HttpsAgent({ ...pool, ca });
    this.console = listenAddress(address);
  }

  /** Answers false, and has done nothing, where a request is not the console's. */
  take(request: IncomingMessage, response: ServerResponse): boolean {
    const [, version, first = ''] = request.url?.split('?')[0]?.split('/') ?? [];
    if (version !== 'v1' || !PATHS.has(first)) return false;
    void this.handOn(request, response);
    return true;
  }

  close(): void {
    this.agent.destroy();
  }

  private async handOn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const from = request.socket.remoteAddress ?? '';
    let room = 0;
    const take = (bytes: number): boolean => {
      const isThere = this.bodies.take(from, bytes);
      if (isThere) room += bytes;
      return isThere;
    };
    try {
      const deadlineMs = this.options.bodyDeadlineMs ?? BODY_DEADLINE_MS;
      const body = await readBody(requestOf(request), { bytesMax: BODY_BYTES_MAX, deadlineMs, take });
      await this.relay(request, body, response);
    } catch (error) {
      if (!(error instanceof ClientGone)) refuse(request, response, answerTo(error));
    } finally {
      this.bodies.giveBack(from, room);
    }
  }

  /** Until the client has its answer, or is gone. Rejects where the console gives none. */
  private relay(request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    if (response.closed || request.socket.destroyed) return Promise.resolve();
    const asked = this.ask(request, body);
    return new Promise((resolve, reject) => {
      const overdue = setTimeout(
        () => asked.destroy(new Error('the console takes too long')),
        this.options.deadlineMs ?? DEADLINE_MS,
      );
      asked.once('response', (answer) => {
        response.writeHead(answer.statusCode ?? 502, handedOn(answer.headers));
        // What ends early on one side is cut on the other, and not taken for the whole.
        answer.once('error', () => response.destroy());
        answer.pipe(response);
      });
      asked.once('error', reject);
      const end = (): void => {
        clearTimeout(overdue);
        asked.destroy();
        resolve();
      };
      response.once('close', end);
      onConnectionEnd(response, end);
      asked.end(body);
    });
  }

  private ask({ method, url, headers }: IncomingMessage, body: Buffer): ClientRequest {
    const asking: RequestOptions = {
      ...{ ...this.console, agent: this.agent, method, path: url },
      headers: { ...handedOn(headers), 'content-length': body.length },
    };
    return (this.options.ca === undefined ? ask : askSecurely)(asking);
  }
}

const handedOn = (headers: IncomingHttpHeaders): IncomingHttpHeaders => {
  const ofConnection = new Set((headers.connection ?? '').toLowerCase().split(/ *, */));
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !KEPT_HERE.has(name) && !ofConnection.has(name)),
  );
};

interface Refused {
  readonly status: number;
  readonly body: string;
}

/** In the console's words. */
function refused(status: number, message: string): Refused {
  const errorCode = status >= 500 ? 'AB04' : 'AB01';
  return { status, body: JSON.stringify({ success: false, data: { message, errorCode } }) };
}

const answerTo = (error: unknown): Refused =>
  error instanceof Refusal ? refused(error.status, error.message) : UNAVAILABLE;

const refuse = (request: IncomingMessage, response: ServerResponse, { status, body }: Refused): void => {
  if (response.headersSent) return void response.destroy();
  // The rest of the body is nobody's.
  request.resume();
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(body);
};
