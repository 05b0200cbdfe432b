import { Socket, type SocketConstructorOpts } from 'node:net';

/** One for all connections of clients: what a read brings is used, or copied out of it, before the next. */
const READ = Buffer.allocUnsafeSlow(128 * 1_024);

/** What Node's sockets keep of a connection, and of the server that accepted it. */
interface Kept {
  _handle: object | null;
  server: unknown;
  _server: unknown;
}

/**
 * A client's connection that is read into one buffer for all of them, where Node makes one for each read. Node can do that (`onread`), but
 * not for what a server accepts: the connection is put on a socket of its own, by names that Node does not document.
 */
export class ClientSocket extends Socket {
  /** Hears what a read brings, which is written over when this returns; undefined: it is a stream as any other. */
  ear: ((bytes: Buffer) => void) | undefined;

  /** Undefined where Node keeps connections otherwise than is known here; nothing happened to this one then. */
  static over(accepted: Socket): ClientSocket | undefined {
    const before = accepted as unknown as Kept;
    const { _handle: handle, _server: server } = before;
    if (!handle) return undefined;
    const socket = new ClientSocket(handle);
    const now = socket as unknown as Kept;
    if (now._handle !== handle) return undefined;
    before._handle = before._server = null;
    now.server = now._server = server;
    return socket;
  }

  private constructor(handle: object) {
    const onread = { buffer: READ, callback: (bytes: number) => this.hear(READ.subarray(0, bytes)) };
    super({ handle, allowHalfOpen: true, onread } as SocketConstructorOpts);
  }

  private hear(bytes: Buffer): boolean {
    if (!this.ear) return this.push(Buffer.from(bytes));
    this.ear(bytes);
    return true;
  }
}
