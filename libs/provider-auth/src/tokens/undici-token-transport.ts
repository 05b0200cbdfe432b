import type { Agent } from 'undici';
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
  private agent: Promise<Agent> | undefined;

  constructor(private readonly options: UndiciTokenTransportOptions) {
    super();
  }

  async send({ method, url, headers, body }: TokenRequest): Promise<TokenAnswer> {
    const { origin, pathname, search } = new URL(url);
    const agent = await (this.agent ??= this.openAgent());
    const answer = await agent.request({
      origin,
      path: pathname + search,
      method,
      headers,
      body: body ?? null,
      signal: AbortSignal.timeout(this.options.timeoutMs),
    });
    return { status: answer.statusCode, body: await answer.body.text() };
  }

  async close(): Promise<void> {
    await (await this.agent)?.close();
  }

  private async openAgent(): Promise<Agent> {
    // Loaded when it is first needed: most credentials are keys, for which nobody asks for a token.
    const { Agent } = await import('undici');
    return new Agent({
      connect: { timeout: this.options.connectTimeoutMs },
      maxResponseSize: ANSWER_BYTES_MAX,
      pipelining: 1,
    });
  }
}
