import type { Server } from '@grpc/grpc-js';
import type { DynamicModule, INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type GrpcOptions, Transport } from '@nestjs/microservices';
import { HealthImplementation } from 'grpc-health-check';
import type { ServiceDefinition } from './grpc-service.decorator';
import { markingMalformed } from './malformed-request';
import { addReflection } from './reflection';

export interface GrpcServerOptions {
  /** `host:port`. */
  readonly listen: string;
  /** Fully qualified service name → definition, e.g. `gatehouse.audit.v1.EventService`. */
  readonly services: Readonly<Record<string, ServiceDefinition>>;
}

/** Largest message either way: a configuration entry with thousands of models fits. */
const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;

/**
 * A Nest microservice over gRPC with the standard health and reflection services. Health says NOT_SERVING until
 * `serve` resolves.
 */
export const createGrpcApp = async (
  module: DynamicModule,
  options: GrpcServerOptions,
): Promise<{ app: INestMicroservice; serve: () => Promise<void> }> => {
  const names = Object.keys(options.services);
  const health = new HealthImplementation(
    Object.fromEntries(['', ...names].map((name) => [name, 'NOT_SERVING' as const])),
  );
  const app = await NestFactory.createMicroservice<GrpcOptions>(module, {
    transport: Transport.GRPC,
    logger: ['fatal', 'warn'],
    bufferLogs: false,
    // What went wrong is the caller's to tell, in one line of the log.
    abortOnError: false,
    options: {
      url: options.listen,
      package: [...new Set(names.map((name) => name.slice(0, name.lastIndexOf('.'))))],
      packageDefinition: markingMalformed(options.services),
      maxReceiveMessageLength: MESSAGE_BYTES_MAX,
      maxSendMessageLength: MESSAGE_BYTES_MAX,
      onLoadPackageDefinition: (_definition: unknown, server: Server) => {
        health.addToServer(server);
        addReflection(server);
      },
    },
  });
  app.enableShutdownHooks();
  const serve = async (): Promise<void> => {
    await app.listen();
    for (const name of ['', ...names]) health.setStatus(name, 'SERVING');
  };
  return { app, serve };
};
