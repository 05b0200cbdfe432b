import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Those of the receiver's secrets that the signature is by. */
  readonly signedBy: readonly string[];
  /** Seconds. */
  readonly timestamp: number;
  /** With this status. */
  readonly answered: number;
}

/** A receiver of webhooks: it believes what one of its secrets has signed, and answers as it is told. */
export class WebhookReceiver {
  readonly received: Received[] = [];
  secrets: string[] = [];
  /** Of each notification that is believed. */
  answer: (received: Omit<Received, 'answered'>) => number = () => 204;
  private server: Server | undefined;
  private port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.port}/hooks/gatehouse`;
  }

  /** What was taken, each once, by their ids. */
  get taken(): ReadonlyMap<string, Received> {
    return new Map(this.received.filter(({ answered }) => answered < 300).map((each) => [each.id, each]));
  }

  /** On the port of before, once it has one. */
  async start(): Promise<void> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const received = this.read(request.headers, Buffer.concat(chunks).toString());
        const answered = received ? this.answer(received) : 401;
        if (received) this.received.push({ ...received, answered });
        response.writeHead(answered).end();
      });
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const { server } = this;
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve));
  }

  private read(
    headers: NodeJS.Dict<string | string[]>,
    body: string,
  ): Omit<Received, 'answered'> | undefined {
    const [id, timestamp, signatures] = ['id', 'timestamp', 'signature'].map((name) =>
      String(headers[`webhook-${name}`]),
    ) as [string, string, string];
    const signedBy = this.secrets.filter((secret) => {
      const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
      const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
      return signatures.split(' ').some((one) => {
        const given = Buffer.from(one.replace(/^v1,/, ''), 'base64');
        return given.length === expected.length && timingSafeEqual(given, expected);
      });
    });
    if (signedBy.length === 0 || Math.abs(Number(timestamp) - Date.now() / 1_000) > 300) return undefined;
    const { type, data } = JSON.parse(body) as Pick<Received, 'type' | 'data'>;
    return { id, type, data, signedBy, timestamp: Number(timestamp) };
  }
}
