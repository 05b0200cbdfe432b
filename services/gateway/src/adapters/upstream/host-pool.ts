import type { SocketCall } from './socket-call';
import { type ConnectionOwner, type Looks, type Origin, UpstreamConnection } from './upstream-connection';

/** Connections to one origin, which are kept while they have nothing to do: the latest that was free serves next. */
export class HostPool implements ConnectionOwner {
  private readonly connections = new Set<UpstreamConnection>();
  private readonly idle: UpstreamConnection[] = [];
  /** In their order. */
  private waiting: SocketCall[] = [];
  private turn: NodeJS.Immediate | undefined;

  constructor(
    readonly origin: Origin,
    private readonly looks: Looks,
    private readonly connectionsMax: number,
  ) {}

  /**
   * At the end of this turn of the event loop, when all ends of kept connections were heard that had come by now: what is written
   * to a connection that its server has closed is lost.
   */
  serve(call: SocketCall): void {
    this.waiting.push(call);
    this.turn ??= setImmediate(this.assign);
  }

  free(connection: UpstreamConnection): void {
    this.idle.push(connection);
    this.assignSoon();
  }

  ended(connection: UpstreamConnection): void {
    this.connections.delete(connection);
    const at = this.idle.lastIndexOf(connection);
    if (at >= 0) this.idle.splice(at, 1);
    this.assignSoon();
  }

  look(): void {
    for (const connection of this.connections) connection.look();
  }

  close(): void {
    clearImmediate(this.turn);
    for (const call of this.waiting.splice(0)) call.failed('unreachable');
    for (const connection of this.connections) connection.end('broken');
  }

  private assignSoon(): void {
    if (this.waiting.length > 0) this.turn ??= setImmediate(this.assign);
  }

  private readonly assign = (): void => {
    this.turn = undefined;
    const { waiting } = this;
    let served = 0;
    for (const call of waiting) {
      const connection = call.cancelled ? undefined : this.next();
      if (!connection && !call.cancelled) break;
      connection?.serve(call);
      served++;
    }
    this.waiting = waiting.slice(served);
  };

  /** Undefined while there are as many as there may be, and all are at work. */
  private next(): UpstreamConnection | undefined {
    for (let kept = this.idle.pop(); kept; kept = this.idle.pop()) {
      if (kept.isUsable) return kept;
      kept.destroy();
    }
    if (this.connections.size >= this.connectionsMax) return undefined;
    const dialled = new UpstreamConnection(this.origin, this.looks, this);
    this.connections.add(dialled);
    return dialled;
  }
}
