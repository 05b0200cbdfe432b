import type { IncomingHttpHeaders } from 'node:http';
import { Pool } from 'undici';

const CONNECTIONS = 128;

export interface ChatBody {
  readonly model: string;
  readonly messages?: unknown;
  readonly [parameter: string]: unknown;
}

export interface ChatOptions {
  /** Leaves when it fires, whatever has come until then. */
  readonly signal?: AbortSignal;
  /** Leaves in the middle: once so many bytes of the answer's body have come. */
  readonly leaveAfterBytes?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The error envelope. */
export interface ErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly code: string;
    readonly param: string | null;
    readonly limit?: Readonly<Record<string, string | null>>;
  };
}

/** What came of one request. */
export interface ChatAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** From `x-gatehouse-request-id`. */
  readonly requestId: string;
  readonly text: string;
  /** All of it came: the whole body, and of a stream the `[DONE]` too. */
  readonly whole: boolean;
}

/** A cheap client of the gateway with connections that stay. */
export class GatewayClient {
  private readonly pool: Pool;

  constructor(
    url: string,
    private readonly key: string,
  ) {
    this.pool = new Pool(url, { connections: CONNECTIONS, keepAliveTimeout: 30_000, headersTimeout: 60_000 });
  }

  /** `undefined` when no answer came at all: the connection was refused or broke before the head. */
  async chat(body: ChatBody, options: ChatOptions = {}): Promise<ChatAnswer | undefined> {
    return this.send('POST', '/v1/chat/completions', JSON.stringify(body), options);
  }

  async models(): Promise<string[]> {
    const answer = await this.send('GET', '/v1/models', undefined);
    if (answer?.status !== 200) throw new Error(`GET /v1/models: ${answer?.status} ${answer?.text}`);
    return (JSON.parse(answer.text) as { data: { id: string }[] }).data.map(({ id }) => id);
  }

  async send(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body: string | Buffer | undefined,
    { signal, leaveAfterBytes = Infinity, headers = {} }: ChatOptions = {},
  ): Promise<ChatAnswer | undefined> {
    const authorization = this.key === '' ? {} : { authorization: `Bearer ${this.key}` };
    const response = await this.pool
      .request({
        method,
        path,
        body,
        signal,
        headers: {
          ...authorization,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
      })
      .catch(() => undefined);
    return response && answerOf(response, leaveAfterBytes);
  }

  close(): Promise<void> {
    return this.pool.destroy();
  }
}

export const errorOf = (answer: ChatAnswer | undefined): ErrorBody['error'] =>
  (JSON.parse(answer?.text ?? '{}') as ErrorBody).error;

interface RawResponse {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: AsyncIterable<Buffer>;
}

const answerOf = async (
  { statusCode, headers, body }: RawResponse,
  leaveAfterBytes: number,
): Promise<ChatAnswer> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let ended = true;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      bytes += chunk.length;
      // Breaking off destroys the connection.
      if (bytes > leaveAfterBytes) {
        ended = false;
        break;
      }
    }
  } catch {
    ended = false;
  }
  const text = Buffer.concat(chunks).toString('utf8');
  const streamed = String(headers['content-type']).startsWith('text/event-stream');
  return {
    status: statusCode,
    headers,
    requestId: String(headers['x-gatehouse-request-id'] ?? ''),
    text,
    whole: ended && (!streamed || text.trimEnd().endsWith('data: [DONE]')),
  };
};
