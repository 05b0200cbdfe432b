import { Agent } from 'undici';
import { type TokenAnswer, type TokenRequest, TokenTransport } from './token-transport';

export interface UndiciTokenTransportOptions {
  /** Milliseconds until a connection stands. */
  readonly connectTimeoutMs: number;
  /** Milliseconds for the whole exchange. */
  readonly timeoutMs: number;
}

/** The largest tokens have some ten thousand characters. */
const ANSWER_BYTES_MAX = 256 * 1024;

/** Over an agent of its own: what the process has for a global one (a proxy, a recorder) sees no secret. */
export class UndiciTokenTransport extends TokenTransport {
  private readonly agent: Agent;

  constructor(private readonly options: UndiciTokenTransportOptions) {
    super();
    this.agent = new Agent({
      connect: { timeout: options.connectTimeoutMs },
      maxResponseSize: ANSWER_BYTES_MAX,
      pipelining: 1,
    });
  }

  async send({ method, url, headers, body }: TokenRequest): Promise<TokenAnswer> {
    const { origin, pathname, search } = new URL(url);
    const answer = await this.agent.request({
      origin,
      path: pathname + search,
      method,
      headers,
      body: body ?? null,
      signal: AbortSignal.timeout(this.options.timeoutMs),
    });
    return { status: answer.statusCode, body: await answer.body.text() };
  }

  close(): Promise<void> {
    return this.agent.close();
  }
}
