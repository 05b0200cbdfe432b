import { createGrpcApp, Denials, type GrpcServerOptions } from '@gatehouse/grpc';
import { SystemClock } from '@gatehouse/kernel';
import { operationsV1 } from '@gatehouse/proto-gen';
import type { ServiceName } from '@gatehouse/topology';
import type { DynamicModule, INestMicroservice } from '@nestjs/common';
import { PinoServiceLog } from './service-log';
import { openTls, type TlsConfig } from './tls';
import { letYoungSpaceGrow, makeObjectsYoung } from './young-objects';

export interface RunServiceOptions<Config> {
  readonly name: ServiceName;
  readonly readConfig: () => Config;
  readonly module: (config: Config) => DynamicModule;
  readonly services: GrpcServerOptions['services'];
}

interface ListenConfig extends TlsConfig {
  readonly GATEHOUSE_TLS_CLIENT_CERTIFICATES: 'optional' | 'required';
  readonly GATEHOUSE_GRPC_LISTEN: string;
  readonly GATEHOUSE_LOG_LEVEL: string;
}

/** Served beside a service's own APIs. */
export const OPERATIONS_SERVICES: GrpcServerOptions['services'] = {
  'gatehouse.operations.v1.ProjectionService': operationsV1.ProjectionServiceService,
  'gatehouse.operations.v1.KeyUseService': operationsV1.KeyUseServiceService,
};

/** Boots a gRPC service and keeps it until SIGTERM or SIGINT. Exit code 1 when it cannot start. */
export const runService = async <Config extends ListenConfig>(
  options: RunServiceOptions<Config>,
): Promise<void> => {
  makeObjectsYoung();
  let app: INestMicroservice | undefined;
  try {
    const config = options.readConfig();
    const log = new PinoServiceLog(options.name, config.GATEHOUSE_LOG_LEVEL);
    const files = openTls(config, log);
    const created = await createGrpcApp(options.module(config), {
      listen: config.GATEHOUSE_GRPC_LISTEN,
      services: { ...options.services, ...OPERATIONS_SERVICES },
      denials: new Denials(log, new SystemClock()),
      ...(files && { tls: { files, clientCertificates: config.GATEHOUSE_TLS_CLIENT_CERTIFICATES } }),
    });
    app = created.app;
    app.enableShutdownHooks();
    await created.serve();
    letYoungSpaceGrow();
    log.info({ listen: config.GATEHOUSE_GRPC_LISTEN, tls: files !== undefined }, 'serving');
  } catch (error) {
    new PinoServiceLog(options.name, 'error').error({ err: error }, 'could not start');
    process.exitCode = 1;
    await app?.close().catch(() => undefined);
    process.exit();
  }
};
