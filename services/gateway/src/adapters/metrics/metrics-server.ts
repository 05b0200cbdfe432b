import { createServer, type Server } from 'node:http';
import type { ServiceLog } from '@gatehouse/platform';

/** What can be scraped. */
export interface Scraped {
  readonly contentType: string;
  metrics(): Promise<string>;
}

const PATH = '/metrics';
/** Whoever scrapes sends a short head and nothing else. */
const REQUEST_DEADLINE_MS = 5_000;

/** Answers scrapes on a listener of its own, and nothing else. */
export class MetricsServer {
  private constructor(private readonly server: Server) {}

  /** It listens when this resolves. Errors: of an address that cannot be listened on. */
  static async start(
    at: { readonly host: string; readonly port: number },
    scraped: Scraped,
    log: Pick<ServiceLog, 'error'>,
  ): Promise<MetricsServer> {
    const options = { requestTimeout: REQUEST_DEADLINE_MS, headersTimeout: REQUEST_DEADLINE_MS };
    const server = createServer(options, (request, response) => {
      request.resume();
      const path = request.url?.split('?', 1)[0];
      if (path !== PATH || request.method !== 'GET') {
        response.writeHead(path === PATH ? 405 : 404).end();
        return;
      }
      scraped.metrics().then(
        (text) => response.writeHead(200, { 'content-type': scraped.contentType }).end(text),
        (error: unknown) => {
          log.error({ err: error }, 'metrics cannot be read');
          response.writeHead(500).end();
        },
      );
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(at.port, at.host, resolve);
    });
    return new MetricsServer(server);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}
