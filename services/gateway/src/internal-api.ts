import { ServiceAuthenticator } from '@gatehouse/access';
import {
  AppErrorFilter,
  Authenticator,
  AuthGuard,
  createGrpcApp,
  Denials,
  type ServiceDefinition,
  type TlsFiles,
} from '@gatehouse/grpc';
import { Clock } from '@gatehouse/kernel';
import { ServiceLog } from '@gatehouse/platform';
import { gatewayV1 } from '@gatehouse/proto-gen';
import { ProviderAuthenticator } from '@gatehouse/provider-auth';
import { DataKeyUnwrapper, KeyProviders } from '@gatehouse/sealing';
import {
  type Abstract,
  type DynamicModule,
  type INestApplicationContext,
  type INestMicroservice,
  Module,
  type Provider,
  type Type,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { EgressController } from './adapters/grpc/egress.controller';
import { KeyCustodyController } from './adapters/grpc/key-custody.controller';
import { ReferencedCredentials } from './adapters/vault/referenced-credentials';
import { VaultCredentials } from './adapters/vault/vault-credentials';
import { egressProviders } from './egress.providers';
import type { GatewayConfig } from './gateway.config';
import { TLS } from './journal.providers';

/** What the gateway answers other services with, beside the standard health and reflection. */
const INTERNAL_SERVICES: Readonly<Record<string, ServiceDefinition>> = {
  'gatehouse.gateway.v1.EgressService': gatewayV1.EgressServiceService,
  'gatehouse.gateway.v1.KeyCustodyService': gatewayV1.KeyCustodyServiceService,
};

/** What the two have in common: an instance each, the HTTP application's. */
const SHARED: readonly (Type | Abstract<unknown>)[] = [
  ...[Clock, ServiceLog, DataKeyUnwrapper],
  ...[KeyProviders, VaultCredentials, ReferencedCredentials],
  ProviderAuthenticator,
];

/**
 * The gateway's gRPC, for services alone: an application of its own beside that for clients, so that neither has the
 * other's guards and filters, and a call of a client passes nothing that is there for this one.
 */
@Module({})
class InternalApiModule {
  static with(config: GatewayConfig, gateway: INestApplicationContext): DynamicModule {
    return {
      module: InternalApiModule,
      controllers: [EgressController, KeyCustodyController],
      providers: [
        ...SHARED.map((token): Provider => ({ provide: token, useFactory: () => gateway.get(token) })),
        ...egressProviders(config),
        { provide: Authenticator, useFactory: () => authenticatorOf(config) },
        { provide: APP_GUARD, useClass: AuthGuard },
        {
          provide: APP_FILTER,
          useFactory: (log: ServiceLog) => new AppErrorFilter(log),
          inject: [ServiceLog],
        },
      ],
    };
  }
}

const authenticatorOf = (config: GatewayConfig): ServiceAuthenticator =>
  new ServiceAuthenticator({
    tokenHashes: config.GATEHOUSE_SERVICE_TOKEN_HASHES ?? new Map(),
    overTls: config.GATEHOUSE_TLS_CERT_FILE !== undefined,
  });

/** Serves other services; it listens when this resolves. Errors: of an address that cannot be listened on. */
export const startInternalApi = async (
  config: GatewayConfig,
  gateway: INestApplicationContext,
): Promise<INestMicroservice> => {
  const files = gateway.get<TlsFiles | undefined>(TLS);
  const { app, serve } = await createGrpcApp(InternalApiModule.with(config, gateway), {
    listen: config.GATEHOUSE_GRPC_LISTEN,
    services: INTERNAL_SERVICES,
    denials: new Denials(gateway.get<ServiceLog>(ServiceLog), gateway.get<Clock>(Clock)),
    // Every caller is a service, and those are known by certificates alone.
    ...(files && { tls: { files, clientCertificates: 'required' } }),
  });
  try {
    await serve();
    return app;
  } catch (error) {
    await app.close().catch(() => undefined);
    throw error;
  }
};
