import 'reflect-metadata';
import { guardedFetch, HostGuard } from '@gatehouse/hosts';
import { type Clock, SystemClock } from '@gatehouse/kernel';
import { openTls, PinoServiceLog } from '@gatehouse/platform';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ControlPlanes } from './adapters/grpc/control-plane';
import { IdentityProvider } from './adapters/oidc/identity-provider';
import type { ConsoleConfig } from './console.config';
import { ConsoleModule } from './console.module';
import type { LoadedConsole } from './doorway';
import { STRANGERS_BODY_BYTES_MAX, takeBodies } from './edge/bodies';
import { RestErrorFilter } from './rest/rest-error.filter';
import { UNKNOWN_URL } from './rest/error-envelope';
import { Callers } from './session/callers';

/** What answers requests; another has the socket. */
export const createConsole = async (config: ConsoleConfig): Promise<LoadedConsole> => {
  const log = new PinoServiceLog('console', config.GATEHOUSE_LOG_LEVEL);
  const planes = new ControlPlanes({
    addresses: {
      registry: config.GATEHOUSE_REGISTRY_ADDRESS,
      provisioning: config.GATEHOUSE_PROVISIONING_ADDRESS,
      metering: config.GATEHOUSE_METERING_ADDRESS,
      audit: config.GATEHOUSE_AUDIT_ADDRESS,
    },
    tls: openTls(config, log),
  });
  const adapter = new FastifyAdapter({
    bodyLimit: STRANGERS_BODY_BYTES_MAX,
    // A URL that cannot be decoded is nowhere.
    frameworkErrors: (
      _error: unknown,
      _request: unknown,
      reply: { status(code: number): { send(body: object): void } },
    ) => reply.status(UNKNOWN_URL.status).send(UNKNOWN_URL.body),
  } as never);
  const clock: Clock = new SystemClock();
  const app = await NestFactory.create<NestFastifyApplication>(
    ConsoleModule.with({
      ...{ planes, clock, log, proxies: config.GATEHOUSE_TRUSTED_PROXIES },
      identityProvider: identityProviderIn(config),
    }),
    adapter,
    { logger: ['fatal', 'warn'], bodyParser: false, abortOnError: false },
  );
  const fastify = app.getHttpAdapter().getInstance();
  takeBodies(fastify, app.get(Callers));
  app.useGlobalFilters(app.get(RestErrorFilter));
  await app.init();
  await fastify.ready();
  return {
    answer: (request, response) => fastify.routing(request, response),
    close: async () => {
      await app.close();
      planes.close();
    },
  };
};

/** Undefined where people sign in by none. */
const identityProviderIn = (config: ConsoleConfig): IdentityProvider | undefined => {
  const { GATEHOUSE_OIDC_ISSUER: issuer, GATEHOUSE_OIDC_CLIENT_ID: clientId } = config;
  const { GATEHOUSE_OIDC_CLIENT_SECRET: clientSecret, GATEHOUSE_OIDC_NAME: name } = config;
  if (!issuer || !clientId || !clientSecret) return undefined;
  const hosts = new HostGuard(config.GATEHOUSE_PRIVATE_HOSTS);
  return new IdentityProvider({ name, issuer, clientId, clientSecret }, guardedFetch(hosts));
};

/** A certificate that changed into something unusable. */
export const tellFault = (error: Error): void =>
  new PinoServiceLog('console', 'error').error({ err: error }, 'the changed certificate is not usable');

/** What keeps the console from starting. */
export const tellFailure = (error: unknown): void =>
  new PinoServiceLog('console', 'error').error({ err: error }, 'could not start');
