import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedCall {
  readonly headers: IncomingHttpHeaders;
  readonly url: string;
  readonly body: string;
  /** The parsed body. */
  readonly json: Record<string, unknown>;
  /** The connection was closed before the answer had ended. */
  left: boolean;
}

export type Script = (call: ReceivedCall, response: ServerResponse, request: IncomingMessage) => void;

export const USAGE = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

/** A plain answer with its usage. */
export const plainAnswer =
  (usage: unknown = USAGE): Script =>
  (call, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'x-ratelimit-remaining-requests': '1' });
    const choices = [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }];
    response.end(
      JSON.stringify({ id: 'c', object: 'chat.completion', model: call.json['model'], choices, usage }),
    );
  };

export const chunkOf = (content: string, usage: unknown = null): string =>
  `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta: { content } }], usage })}\n\n`;

export const usageChunk = (usage: unknown = USAGE): string =>
  `data: ${JSON.stringify({ id: 'c', choices: [], usage })}\n\n`;

/** Streams pieces one after the other; `cut` destroys the connection after the last. */
export const streamed =
  (pieces: readonly string[], { cut = false, everyMs = 1 } = {}): Script =>
  (_call, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    let at = 0;
    const next = (): void => {
      if (response.destroyed) return;
      if (at < pieces.length) response.write(pieces[at++]);
      else if (cut) return void response.destroy();
      else return void response.end();
      setTimeout(next, everyMs);
    };
    next();
  };

/** An OpenAI-compatible server that does what a test tells it to. */
export class FakeProvider {
  readonly calls: ReceivedCall[] = [];
  script: Script = plainAnswer();
  private server: Server | undefined;

  async start(): Promise<void> {
    this.server = createServer((request, response) => this.receive(request, response));
    await new Promise<void>((resolve) => this.server?.listen(0, '127.0.0.1', resolve));
  }

  get baseUrl(): string {
    const { port } = this.server?.address() as AddressInfo;
    return `http://127.0.0.1:${port}/v1`;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  private receive(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const json = JSON.parse(body) as Record<string, unknown>;
      const call = { headers: request.headers, url: request.url ?? '', body, json, left: false };
      this.calls.push(call);
      response.on('close', () => (call.left = !response.writableEnded));
      this.script(call, response, request);
    });
  }
}
