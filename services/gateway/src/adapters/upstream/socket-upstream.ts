import { type BaseUrl, type HostGuard, HostRefused } from '@gatehouse/hosts';
import { isIP } from 'node:net';
import {
  Upstream,
  type UpstreamCall,
  type UpstreamListener,
  type UpstreamRequest,
} from '../../app/gateway.ports';
import { HeardHeaders } from './heard-headers';
import { HostPool } from './host-pool';
import { SocketCall } from './socket-call';
import { type ConnectionOwner, type Looks, type Origin, UpstreamConnection } from './upstream-connection';
import { type RequestTarget, writtenHead } from './written-head';

export interface SocketUpstreamOptions {
  /** Judges base URLs, and every address before it is dialled. */
  readonly hosts: HostGuard;
  /** Milliseconds until a connection stands. */
  readonly connectTimeoutMs: number;
  /** Milliseconds until the head of the answer is there. */
  readonly headersTimeoutMs: number;
  /** Milliseconds that a body may be silent while it is listened to. */
  readonly idleTimeoutMs: number;
  /** Connections per provider: never fewer than requests at a time. */
  readonly connectionsMax: number;
  /** What of the head of an answer is told beside what frames it, by names in lower case. */
  readonly headers: readonly string[];
}

/** Where a base URL leads. */
interface Target extends RequestTarget {
  readonly pool: HostPool;
}

const NO_CALL: UpstreamCall = { pause: () => undefined, resume: () => undefined, cancel: () => undefined };
/** Of time that a connection may take, one part is how late it may be told. */
const LOOKS_PER_TIME = 4;
const LOOK_EVERY_MS_MAX = 500;

/**
 * Providers over HTTP/1.1 with keep-alive, read off the socket. Redirects are answers like any other: they are never followed. Times are
 * bounds: they are told when connections are next looked at, no sooner.
 */
export class SocketUpstream extends Upstream implements ConnectionOwner {
  private readonly pools = new Map<string, HostPool>();
  /** By base URL: judged once, so that a call costs a look here. */
  private readonly targets = new Map<string, Target | HostRefused>();
  /** Those that serve one call and end with it. */
  private readonly alone = new Set<UpstreamConnection>();
  private readonly looks: Looks;
  private readonly heard: HeardHeaders;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly options: SocketUpstreamOptions) {
    super();
    const { connectTimeoutMs, headersTimeoutMs, idleTimeoutMs } = options;
    this.heard = new HeardHeaders(options.headers);
    const least = Math.min(connectTimeoutMs, headersTimeoutMs, idleTimeoutMs);
    const everyMs = Math.min(Math.ceil(least / LOOKS_PER_TIME), LOOK_EVERY_MS_MAX);
    this.looks = {
      everyMs,
      connect: Math.ceil(connectTimeoutMs / everyMs),
      head: Math.ceil(headersTimeoutMs / everyMs),
      idle: Math.ceil(idleTimeoutMs / everyMs),
    };
    this.timer = setInterval(() => this.look(), everyMs).unref();
  }

  send(request: UpstreamRequest, listener: UpstreamListener): UpstreamCall {
    const { baseUrl, path, headers, body, ownConnection = false } = request;
    const target = this.targetOf(baseUrl);
    if (target instanceof HostRefused) {
      listener.onFailed(target);
      return NO_CALL;
    }
    const head = writtenHead(target, path, headers, body.length);
    if (head === undefined) {
      listener.onFailed('unreachable');
      return NO_CALL;
    }
    const call = new SocketCall(head, body, listener);
    if (ownConnection) this.sendAlone(target.pool.origin, call);
    else target.pool.serve(call);
    return call;
  }

  /** Of a connection that serves one call: there is none after it. */
  free(connection: UpstreamConnection): void {
    connection.destroy();
  }

  ended(connection: UpstreamConnection): void {
    this.alone.delete(connection);
  }

  /** Whoever is still called is told that it is over. */
  close(): void {
    clearInterval(this.timer);
    for (const pool of this.pools.values()) pool.close();
    for (const connection of this.alone) connection.end('broken');
  }

  private sendAlone(origin: Origin, call: SocketCall): void {
    const connection = new UpstreamConnection(origin, this.looks, this);
    this.alone.add(connection);
    connection.serve(call);
  }

  private look(): void {
    for (const pool of this.pools.values()) pool.look();
    for (const connection of this.alone) connection.look();
  }

  private targetOf(baseUrl: string): Target | HostRefused {
    const known = this.targets.get(baseUrl);
    if (known) return known;
    const target = this.newTarget(this.options.hosts.parse(baseUrl));
    this.targets.set(baseUrl, target);
    return target;
  }

  private newTarget(parsed: BaseUrl): Target | HostRefused {
    if (!parsed.ok) return new HostRefused(parsed.refusal);
    const { url } = parsed;
    const prefix = url.pathname.replace(/\/$/, '');
    return { host: url.host, prefix, pool: this.poolOf(url) };
  }

  private poolOf(url: URL): HostPool {
    const known = this.pools.get(url.origin);
    if (known) return known;
    const { hosts, connectionsMax } = this.options;
    const pool = new HostPool(originOf(url, hosts, this.heard), this.looks, connectionsMax);
    this.pools.set(url.origin, pool);
    return pool;
  }
}

const originOf = (url: URL, hosts: HostGuard, heard: HeardHeaders): Origin => {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const secure = url.protocol === 'https:';
  return {
    host,
    port: Number(url.port || (secure ? 443 : 80)),
    servername: secure ? (isIP(host) === 0 ? host : '') : undefined,
    lookup: hosts.lookupFor(url),
    heard,
    session: undefined,
  };
};
