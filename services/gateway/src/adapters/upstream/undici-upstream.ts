import { type HostGuard, HostRefused } from '@gatehouse/hosts';
import { type Dispatcher, Pool } from 'undici';
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
    const { headers, body } = request;
    const inflated = new Inflated(listener, () => call);
    const call = new UndiciCall(inflated);
    target.pool.dispatch({ method: 'POST', path: target.prefix + request.path, headers, body }, call);
    return inflated;
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
    return { pool: this.poolOf(parsed.url), prefix: parsed.url.pathname.replace(/\/$/, '') };
  }

  private poolOf(url: URL): Pool {
    const known = this.pools.get(url.origin);
    if (known) return known;
    const pool = new Pool(url.origin, {
      connections: this.options.connectionsMax,
      pipelining: 1,
      headersTimeout: this.options.headersTimeoutMs,
      bodyTimeout: this.options.idleTimeoutMs,
      connect: { timeout: this.options.connectTimeoutMs, lookup: this.options.hosts.lookupFor(url) },
    });
    this.pools.set(url.origin, pool);
    return pool;
  }
}

/** One dispatched request: undici's handler towards our listener. */
class UndiciCall implements UpstreamCall, Dispatcher.DispatchHandler {
  private controller: Dispatcher.DispatchController | undefined;
  private cancelled = false;
  private over = false;

  constructor(private readonly listener: UpstreamListener) {}

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // A second start would be a second sending of the same attempt.
    if (this.cancelled || this.controller) return controller.abort(new Error('cancelled'));
    this.controller = controller;
    this.listener.onSent();
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
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
    this.listener.onEnd();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.over) return;
    this.over = true;
    this.listener.onFailed(failureOf(error, this.controller !== undefined));
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

const failureOf = (error: Error & { code?: string }, sent: boolean): UpstreamFailure => {
  if (error instanceof HostRefused) return error;
  if (TIMEOUTS.has(error.code ?? '')) return 'timeout';
  return sent ? 'broken' : 'unreachable';
};
