import { type HostGuard, HostRefused } from '@gatehouse/hosts';
import { Client, type Dispatcher, Pool } from 'undici';
import {
  Upstream,
  type UpstreamCall,
  type UpstreamFailure,
  type UpstreamListener,
  type UpstreamRequest,
} from '../../app/gateway.ports';
import { Inflated } from './inflated';

export interface UndiciUpstreamOptions {
  /** Judges base URLs, and every address before it is dialled. */
  readonly hosts: HostGuard;
  /** Milliseconds until a connection stands. */
  readonly connectTimeoutMs: number;
  /** Milliseconds until the head of the answer is there. */
  readonly headersTimeoutMs: number;
  /** Milliseconds that a body may be silent. */
  readonly idleTimeoutMs: number;
  /** Connections per provider: never fewer than requests at a time. */
  readonly connectionsMax: number;
}

const NO_CALL: UpstreamCall = { pause: () => undefined, resume: () => undefined, cancel: () => undefined };

/** Where a base URL leads. */
interface Target {
  readonly url: URL;
  readonly pool: Pool;
  /** Before the path of a request. */
  readonly prefix: string;
}

/** Providers over HTTP/1.1 with keep-alive. Redirects are answers like any other: they are never followed. */
export class UndiciUpstream extends Upstream {
  private readonly pools = new Map<string, Pool>();
  /** By base URL: judged once, so that a call costs a look here. */
  private readonly targets = new Map<string, Target | HostRefused>();

  constructor(private readonly options: UndiciUpstreamOptions) {
    super();
  }

  send(request: UpstreamRequest, listener: UpstreamListener): UpstreamCall {
    const target = this.targetOf(request.baseUrl);
    if (target instanceof HostRefused) {
      listener.onFailed(target);
      return NO_CALL;
    }
    const { headers, body, ownConnection = false } = request;
    const inflated = new Inflated(listener, () => call);
    const call = new UndiciCall(inflated);
    const sent = { method: 'POST', path: target.prefix + request.path, headers, body, call } as const;
    if (ownConnection) this.sendAlone(target.url, sent, call);
    else target.pool.dispatch(sent, call);
    return inflated;
  }

  /** Over a connection that ends with it. */
  private sendAlone(url: URL, sent: CallOptions, call: UndiciCall): void {
    const client = new Client(url.origin, this.optionsFor(url));
    client.dispatch(sent, call);
    void client.close();
  }

  async close(): Promise<void> {
    await Promise.all([...this.pools.values()].map((pool) => pool.destroy()));
  }

  private targetOf(baseUrl: string): Target | HostRefused {
    const known = this.targets.get(baseUrl);
    if (known) return known;
    const target = this.newTarget(baseUrl);
    this.targets.set(baseUrl, target);
    return target;
  }

  private newTarget(baseUrl: string): Target | HostRefused {
    const parsed = this.options.hosts.parse(baseUrl);
    if (!parsed.ok) return new HostRefused(parsed.refusal);
    return { url: parsed.url, pool: this.poolOf(parsed.url), prefix: parsed.url.pathname.replace(/\/$/, '') };
  }

  private poolOf(url: URL): Pool {
    const known = this.pools.get(url.origin);
    if (known) return known;
    const pool = new Pool(url.origin, {
      ...this.optionsFor(url),
      connections: this.options.connectionsMax,
      factory: (origin, options) => new CountingClient(origin, options),
    });
    this.pools.set(url.origin, pool);
    return pool;
  }

  private optionsFor(url: URL): Client.Options {
    return {
      pipelining: 1,
      headersTimeout: this.options.headersTimeoutMs,
      bodyTimeout: this.options.idleTimeoutMs,
      connect: { timeout: this.options.connectTimeoutMs, lookup: this.options.hosts.lookupFor(url) },
    };
  }
}

/** With the call that it is of. */
interface CallOptions extends Dispatcher.DispatchOptions {
  readonly call: UndiciCall;
}

/** One connection of a pool, which tells its calls whether it has served others. */
class CountingClient extends Client {
  private served = 0;

  constructor(origin: URL, options: object) {
    super(origin, options);
    this.on('connect', () => (this.served = 0));
  }

  /** Handlers come wrapped, options as they are. */
  override dispatch(options: CallOptions, handler: Dispatcher.DispatchHandler): boolean {
    options.call.reuses = () => this.served > 0;
    options.call.answered = () => void this.served++;
    return super.dispatch(options, handler);
  }
}

/** One dispatched request: undici's handler towards our listener. */
class UndiciCall implements UpstreamCall, Dispatcher.DispatchHandler {
  private controller: Dispatcher.DispatchController | undefined;
  private cancelled = false;
  private over = false;
  private reused = false;
  private headed = false;
  /** Whether its connection has served others; asked when it is sent. */
  reuses = (): boolean => false;
  /** Told when its answer was whole. */
  answered = (): void => undefined;

  constructor(private readonly listener: UpstreamListener) {}

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // A second start would be a second sending of the same attempt.
    if (this.cancelled || this.controller) return controller.abort(new Error('cancelled'));
    this.controller = controller;
    this.reused = this.reuses();
    this.listener.onSent();
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.headed = true;
    if (status < 200) return;
    const flat: Record<string, string | undefined> = {};
    for (const name of Object.keys(headers)) {
      const value = headers[name];
      flat[name] = Array.isArray(value) ? value[0] : value;
    }
    this.listener.onHead(status, flat);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.listener.onData(chunk);
  }

  onResponseEnd(): void {
    if (this.over) return;
    this.over = true;
    this.answered();
    this.listener.onEnd();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.over) return;
    this.over = true;
    const failure = failureOf(error, this.controller !== undefined);
    const isReset = failure === 'broken' && this.reused && !this.headed && RESETS.has(codeOf(error));
    this.listener.onFailed(isReset ? 'reset' : failure);
  }

  pause(): void {
    this.controller?.pause();
  }

  resume(): void {
    this.controller?.resume();
  }

  cancel(): void {
    this.cancelled = true;
    if (!this.over) this.controller?.abort(new Error('cancelled'));
  }
}

const TIMEOUTS: ReadonlySet<string> = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

/** How the end of a connection is told. */
const RESETS: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

const codeOf = (error: Error & { code?: string }): string => error.code ?? '';

const failureOf = (error: Error & { code?: string }, sent: boolean): UpstreamFailure => {
  if (error instanceof HostRefused) return error;
  if (TIMEOUTS.has(error.code ?? '')) return 'timeout';
  return sent ? 'broken' : 'unreachable';
};
