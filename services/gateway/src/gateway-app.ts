import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { SystemClock } from '@gatehouse/kernel';
import { ServiceLog } from '@gatehouse/platform';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { answerOn, HttpExchanges, requestOf } from './adapters/http/http-exchanges';
import { SurfaceRoutes } from './adapters/http/surface-routes';
import { SurfaceServer } from './adapters/http/surface-server';
import { UnknownUrlFilter, unknownUrl } from './adapters/http/unknown-url.filter';
import { MetricsServer, type Scraped } from './adapters/metrics/metrics-server';
import type { GatewayConfig } from './gateway.config';
import { METRICS, GatewayModule, type OpenGatewayBus } from './gateway.module';
import { startInternalApi } from './internal-api';

const KEEP_ALIVE_MS = 75_000;
const ANY_TYPE = 'application/octet-stream';

export interface RunningGateway {
  /** `http://host:port`. */
  readonly url: string;
  /** Drains, settles, and ends. */
  stop(): Promise<void>;
}

/** Starts the gateway; it listens for clients and for other services when this resolves. */
export const startGateway = async (
  config: GatewayConfig,
  openBus?: OpenGatewayBus,
): Promise<RunningGateway> => {
  let exchanges: HttpExchanges | undefined;
  let surfaces: SurfaceRoutes | undefined;
  const adapter = new FastifyAdapter({
    // What clients call most never reaches the router.
    serverFactory: (others: RequestListener) => serverOf(config, { surfaces: () => surfaces, others }),
    // What was in flight has ended by the time that connections are closed.
    forceCloseConnections: true,
    bodyLimit: Number.MAX_SAFE_INTEGER,
    // Errors of the router itself, such as a URL that cannot be decoded.
    frameworkErrors: (
      _error: unknown,
      request: { raw: IncomingMessage },
      reply: { raw: ServerResponse; hijack(): void },
    ) => {
      reply.hijack();
      const exchange = exchanges?.beginRaw(request.raw, reply.raw);
      void exchange?.refuse(unknownUrl(request.raw.method ?? '', request.raw.url ?? ''));
    },
  } as never);
  const app = await NestFactory.create<NestFastifyApplication>(GatewayModule.with(config, openBus), adapter, {
    // What keeps the gateway from starting is thrown, and logged where it is caught.
    logger: ['fatal', 'warn'],
    bodyParser: false,
    abortOnError: false,
  });
  try {
    exchanges = app.get(HttpExchanges);
    surfaces = app.get(SurfaceRoutes);
    const fastify = app.getHttpAdapter().getInstance();
    // What no route takes is refused whatever it has for a body.
    fastify.removeAllContentTypeParsers();
    fastify.addContentTypeParser('*', (_request: unknown, _payload: unknown, done: (error: null) => void) =>
      done(null),
    );
    // Nor is it any matter what that is said to be.
    fastify.addHook('onRequest', (request: { raw: IncomingMessage }, _reply: unknown, done: () => void) => {
      if (request.raw.headers['content-type'] !== undefined) request.raw.headers['content-type'] = ANY_TYPE;
      done();
    });
    app.useGlobalFilters(app.get(UnknownUrlFilter));
    const { host, port } = addressOf(config.GATEHOUSE_HTTP_LISTEN);
    await app.listen(port, host);
    const metrics = await startMetrics(config, app);
    const internal = await startInternalApi(config, app).catch(async (error: unknown) => {
      await metrics?.close();
      throw error;
    });
    const stop = async (): Promise<void> => {
      await internal.close();
      await app.close();
      await metrics?.close();
    };
    return { url: await app.getUrl(), stop };
  } catch (error) {
    await app.close().catch(() => undefined);
    throw error;
  }
};

/** The last to stop, so that the end can be watched. */
const startMetrics = async (
  config: GatewayConfig,
  app: INestApplicationContext,
): Promise<MetricsServer | undefined> => {
  const listen = config.GATEHOUSE_METRICS_LISTEN;
  if (listen === undefined) return undefined;
  return MetricsServer.start(addressOf(listen), app.get<Scraped>(METRICS), app.get<ServiceLog>(ServiceLog));
};

/** Bodies have a deadline of their own. */
const serverOf = (
  config: GatewayConfig,
  {
    surfaces,
    others,
  }: { readonly surfaces: () => SurfaceRoutes | undefined; readonly others: RequestListener },
): SurfaceServer =>
  new SurfaceServer(
    {
      take: (request, answerWith) => surfaces()?.take(request, answerWith) ?? false,
      headDeadlineMs: config.GATEHOUSE_HEAD_DEADLINE_MS,
      keepAliveMs: KEEP_ALIVE_MS,
      clock: new SystemClock(),
      node: { requestTimeout: 0, noDelay: true },
    },
    (request, response) => {
      if (!surfaces()?.take(requestOf(request), answerOn(response))) others(request, response);
    },
  );

const addressOf = (listen: string): { host: string; port: number } => {
  const at = listen.lastIndexOf(':');
  return { host: listen.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(listen.slice(at + 1)) };
};
