import { readFileSync } from 'node:fs';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { HttpsCertificate } from '@gatehouse/config';
import { SystemClock } from '@gatehouse/kernel';
import { PinoServiceLog, ServiceLog } from '@gatehouse/platform';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Registry } from 'prom-client';
import { ConsoleForwarding } from './adapters/console/console-forwarding';
import { answerOn, HttpExchanges, requestOf } from './adapters/http/http-exchanges';
import { DRAIN_MS_MAX } from './adapters/http/request-body';
import { SurfaceRoutes } from './adapters/http/surface-routes';
import type { SurfaceHead } from './adapters/http/surface-head';
import { SurfaceServer } from './adapters/http/surface-server';
import { UnknownUrlFilter, unknownUrl } from './adapters/http/unknown-url.filter';
import { MetricsServer, type Scraped } from './adapters/metrics/metrics-server';
import { ConfigurationSource, Ledger } from './app/gateway.ports';
import type { GatewayConfig } from './gateway.config';
import { GatewayModule, type GatewayPart, METRICS } from './gateway.module';
import { startInternalApi } from './internal-api';
import type { OpenGatewayBus } from './journal.providers';
import { listenAddress } from './listen-address';

const KEEP_ALIVE_MS = 75_000;
/** How long a worker waits to be ready before it listens all the same. */
const SOON_MS = 5_000;
const LOOK_EVERY_MS = 20;
const ANY_TYPE = 'application/octet-stream';

export interface RunningGateway {
  /** `http://host:port`. */
  readonly url: string;
  /** Drains, settles, and ends. */
  stop(): Promise<void>;
}

/** A gateway as part of one of several processes. */
export interface RunningWorker extends RunningGateway {
  readonly metrics: Registry;
  /** Resolves once it can admit requests. */
  ready(): Promise<void>;
  /**
   * Takes no connection more; serves those that it has until they end, as long as it may drain, and stops then.
   *
   * @param hurry it stops at once.
   */
  leave(hurry: AbortSignal): Promise<void>;
}

/** Starts the gateway; it listens for clients and for other services when this resolves. */
export const startGateway = async (
  config: GatewayConfig,
  part: GatewayPart,
  openBus?: OpenGatewayBus,
): Promise<RunningWorker> => {
  let exchanges: HttpExchanges | undefined;
  let surfaces: SurfaceRoutes | undefined;
  const certificate = HttpsCertificate.in(config, (err) =>
    new PinoServiceLog('gateway', config.GATEHOUSE_LOG_LEVEL).error(
      { err },
      'the changed certificate is not usable',
    ),
  );
  const adapter = new FastifyAdapter({
    // What clients call most never reaches the router.
    serverFactory: (others: RequestListener) =>
      serverOf(config, { surfaces: () => surfaces, exchanges: () => exchanges, others, certificate }),
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
  const app = await NestFactory.create<NestFastifyApplication>(
    GatewayModule.with(config, part, openBus),
    adapter,
    {
      // What keeps the gateway from starting is thrown, and logged where it is caught.
      logger: ['fatal', 'warn'],
      bodyParser: false,
      abortOnError: false,
    },
  );
  try {
    exchanges = app.get(HttpExchanges);
    surfaces = app.get(SurfaceRoutes);
    takeAnyBody(app);
    app.useGlobalFilters(app.get(UnknownUrlFilter));
    const { host, port } = listenAddress(config.GATEHOUSE_HTTP_LISTEN);
    const ready = (): Promise<void> => untilReady(app);
    if (part.listens !== 'at once') {
      await app.init();
      await (part.listens === 'ready' ? ready() : Promise.race([ready(), sleep(SOON_MS)]));
    }
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
    const leave = async (hurry: AbortSignal): Promise<void> => {
      app.get(HttpExchanges).letGo();
      await letGo(app.getHttpServer() as Server, config.GATEHOUSE_DRAIN_MS, hurry);
      await stop();
    };
    return { url: await app.getUrl(), metrics: app.get<Registry>(METRICS), ready, leave, stop };
  } catch (error) {
    await app.close().catch(() => undefined);
    throw error;
  }
};

const takeAnyBody = (app: NestFastifyApplication): void => {
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
};

const untilReady = async (app: INestApplicationContext): Promise<void> => {
  const [ledger, source] = [app.get(Ledger), app.get(ConfigurationSource)];
  while (!ledger.begun || !source.current()) await sleep(LOOK_EVERY_MS);
};

/** Whoever is connected may end, and whoever connects anew comes to others, who listen too. */
const letGo = async (server: Server, withinMs: number, hurry: AbortSignal): Promise<void> => {
  // Not as HTTP closes, which ends connections that may have a request on its way.
  NetServer.prototype.close.call(server);
  const connections = promisify(server.getConnections.bind(server));
  for (let leftMs = withinMs; leftMs > 0 && !hurry.aborted; leftMs -= LOOK_EVERY_MS) {
    if ((await connections()) === 0) return;
    await sleep(LOOK_EVERY_MS);
  }
};

/** The last to stop, so that the end can be watched. */
const startMetrics = async (
  config: GatewayConfig,
  app: INestApplicationContext,
): Promise<MetricsServer | undefined> => {
  const listen = config.GATEHOUSE_METRICS_LISTEN;
  if (listen === undefined) return undefined;
  return MetricsServer.start(
    listenAddress(listen),
    app.get<Scraped>(METRICS),
    app.get<ServiceLog>(ServiceLog),
  );
};

const forwardingOf = (config: GatewayConfig): ConsoleForwarding | undefined => {
  const { GATEHOUSE_CONSOLE_ADDRESS: address, GATEHOUSE_CONSOLE_CA_FILE: ca } = config;
  return address === undefined
    ? undefined
    : new ConsoleForwarding(address, ca === undefined ? {} : { ca: readFileSync(ca) });
};

/** Whether a request that Node's server read is a surface's, which has it then. */
const taken = (
  surfaces: SurfaceRoutes | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): boolean => {
  const asked = requestOf(request);
  const head = surfaces?.headOf(asked);
  if (head) surfaces?.take(head, asked, answerOn(response));
  return head !== undefined;
};

/** Bodies have a deadline of their own where somebody reads them, and are read on for a while where they are refused: by then each has ended. */
const requestMsMax = (config: GatewayConfig): number =>
  config.GATEHOUSE_HEAD_DEADLINE_MS + config.GATEHOUSE_BODY_DEADLINE_MS + DRAIN_MS_MAX;

const serverOf = (
  config: GatewayConfig,
  {
    surfaces,
    exchanges,
    others,
    certificate,
  }: {
    readonly surfaces: () => SurfaceRoutes | undefined;
    readonly exchanges: () => HttpExchanges | undefined;
    readonly others: RequestListener;
    readonly certificate: HttpsCertificate | undefined;
  },
): SurfaceServer<SurfaceHead> => {
  const forwarding = forwardingOf(config);
  const server = new SurfaceServer(
    {
      sayOf: (line) => surfaces()?.headOf(line),
      take: (head, request, answerWith) => surfaces()?.take(head, request, answerWith),
      headDeadlineMs: config.GATEHOUSE_HEAD_DEADLINE_MS,
      keepAliveMs: KEEP_ALIVE_MS,
      look: (now) => exchanges()?.look(now),
      clock: new SystemClock(),
      certificate,
      node: { requestTimeout: requestMsMax(config), noDelay: true },
    },
    (request, response) => {
      if (taken(surfaces(), request, response)) return;
      if (!forwarding || !forwarding.take(request, response)) others(request, response);
    },
  );
  if (forwarding) server.once('close', () => forwarding.close());
  return server;
};
