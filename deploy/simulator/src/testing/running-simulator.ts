import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Book } from '../core/book';
import { SERVER_OPTIONS, simulatorListener } from '../server';

export interface Row {
  readonly id: string;
  readonly model: string;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly billedNanoUsd: string;
  readonly completed: boolean;
}

/** An event of a stream: its name, '' where none was given, and its data. */
export interface StreamEvent {
  readonly name: string;
  readonly data: Record<string, unknown>;
}

/** The simulator in this process, at half a dollar and two per million tokens, until the test is over. */
export class RunningSimulator {
  private constructor(
    private readonly directory: string,
    readonly book: Book,
    private readonly server: Server,
    readonly address: string,
  ) {}

  static async start(): Promise<RunningSimulator> {
    const directory = mkdtempSync(join(tmpdir(), 'simulator-'));
    const book = Book.load(directory, { input: 500_000_000n, output: 2_000_000_000n });
    const server = createServer(SERVER_OPTIONS, simulatorListener(book));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return new RunningSimulator(directory, book, server, address);
  }

  post(path: string, body: object, headers: Record<string, string>): Promise<Response> {
    return fetch(this.address + path, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  rows(): Row[] {
    return [...this.book.snapshot().rows].map((row) => ({
      ...row,
      billedNanoUsd: row.billedNanoUsd.toString(),
    }));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    this.book.close();
    rmSync(this.directory, { recursive: true });
  }
}

/** The events of a stream of server-sent events that was read whole; `[DONE]` is left out. */
export const eventsIn = (text: string): StreamEvent[] =>
  text
    .split('\n\n')
    .filter((event) => event !== '' && event !== 'data: [DONE]')
    .map((event) => ({
      name: /^event: (.*)$/m.exec(event)?.[1] ?? '',
      data: JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? '{}') as Record<string, unknown>,
    }));
