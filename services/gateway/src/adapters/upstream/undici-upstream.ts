import { isIP } from 'node:net';
import { type Dispatcher, Pool } from 'undici';
import {
  Upstream,
  type UpstreamCall,
  type UpstreamFailure,
  type UpstreamListener,
  type UpstreamRequest,
} from '../../app/gateway.ports';
import { guardedLookup, isRefusedAddress } from './guarded-lookup';

export interface UndiciUpstreamOptions {
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
  /** By base URL; undefined for one that is never called. */
  private readonly targets = new Map<string, Target | undefined>();

  constructor(private readonly options: UndiciUpstreamOptions) {
    super();
  }

  send(request: UpstreamRequest, listener: UpstreamListener): UpstreamCall {
    const target = this.targetOf(request.baseUrl);
    if (!target) {
      listener.onFailed('unreachable');
      return NO_CALL;
    }
    const { headers, body } = request;
    const call = new UndiciCall(listener);
    target.pool.dispatch({ method: 'POST', path: target.prefix + request.path, headers, body }, call);
    return call;
  }

  async close(): Promise<void> {
    await Promise.all([...this.pools.values()].map((pool) => pool.destroy()));
  }

  private targetOf(baseUrl: string): Target | undefined {
    if (this.targets.has(baseUrl)) return this.targets.get(baseUrl);
    const target = this.newTarget(baseUrl);
    this.targets.set(baseUrl, target);
    return target;
  }

  private newTarget(baseUrl: string): Target | undefined {
    if (!URL.canParse(baseUrl)) return undefined;
    const { protocol, origin, hostname, pathname } = new URL(baseUrl);
    if (protocol !== 'https:' && protocol !== 'http:') return undefined;
    const host = hostname.replace(/^\[|\]$/g, '');
    // A literal address is not looked up, so it is checked here.
    if (isIP(host) !== 0 && isRefusedAddress(host)) return undefined;
    return { pool: this.poolOf(origin), prefix: pathname.replace(/\/$/, '') };
  }

  private poolOf(origin: string): Pool {
    const known = this.pools.get(origin);
    if (known) return known;
    const pool = new Pool(origin, {
      connections: this.options.connectionsMax,
      pipelining: 1,
      headersTimeout: this.options.headersTimeoutMs,
      bodyTimeout: this.options.idleTimeoutMs,
      connect: { timeout: this.options.connectTimeoutMs, lookup: guardedLookup as never },
    });
    this.pools.set(origin, pool);
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
  if (TIMEOUTS.has(error.code ?? '')) return 'timeout';
  return sent ? 'broken' : 'unreachable';
};
