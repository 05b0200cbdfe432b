import { type TokenAnswer, type TokenRequest, TokenTransport } from '../tokens/token-transport';
import { UndiciTokenTransport } from '../tokens/undici-token-transport';

/**
 * The real transport, towards servers of the test in place of the real issuers, whose names stay in the Host header. A
 * place that the test does not have is not reached.
 */
export class RoutedTransport extends TokenTransport {
  private readonly wire = new UndiciTokenTransport({ connectTimeoutMs: 5_000, timeoutMs: 20_000 });

  /** @param routes from the origin that is asked to the one that answers. */
  constructor(private readonly routes: Readonly<Record<string, string>>) {
    super();
  }

  send(request: TokenRequest): Promise<TokenAnswer> {
    const { origin, host, pathname, search } = new URL(request.url);
    const route = this.routes[origin];
    if (route === undefined) return Promise.reject(new Error(`${origin} is not to be asked`));
    const url = route + pathname + search;
    return this.wire.send({ ...request, url, headers: { ...request.headers, host } });
  }

  close(): Promise<void> {
    return this.wire.close();
  }
}
