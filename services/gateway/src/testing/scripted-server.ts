import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

/** A server that answers as a test tells it to, and remembers what it was asked. */
export class ScriptedServer {
  readonly seen: SeenRequest[] = [];
  answer: RequestListener = (_request, response) => void response.end('{}');
  private readonly server: Server;
  private readonly scheme: 'http' | 'https';

  /** @param identity over TLS, with this certificate. */
  constructor(identity?: { readonly cert: string; readonly key: string }) {
    const listener: RequestListener = (request, response) => {
      const { method = '', url = '', headers } = request;
      this.seen.push({ method, url, headers });
      this.answer(request, response);
    };
    this.scheme = identity ? 'https' : 'http';
    this.server = identity ? createTlsServer(identity, listener) : createServer(listener);
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get origin(): string {
    return `${this.scheme}://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Answers with JSON, whatever is asked. */
  answerJson(status: number, json: unknown, headers: Readonly<Record<string, string>> = {}): void {
    this.answer = (_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(json));
    };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
