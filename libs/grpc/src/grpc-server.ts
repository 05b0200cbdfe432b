import { SystemClock } from '@gatehouse/kernel';
import type { Server } from '@grpc/grpc-js';
import type { DynamicModule, INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type GrpcOptions, Transport } from '@nestjs/microservices';
import { HealthImplementation } from 'grpc-health-check';
import { admitCalls } from './call-admission';
import { STRANGERS_CALLS_MAX, StrangersConnections } from './connections';
import type { Denials } from './denials';
import type { ServiceDefinition } from './grpc-service.decorator';
import { markingMalformed } from './malformed-request';
import { Authenticator } from './principal';
import { addReflection } from './reflection';
import { REQUEST_BYTES_MAX } from './request-bound';
import { refuseUnverified, serverCredentials, type ServerTls } from './tls';

export interface GrpcServerOptions {
  /** `host:port`. */
  readonly listen: string;
  /** Fully qualified service name → definition, e.g. `gatehouse.audit.v1.EventService`. */
  readonly services: Readonly<Record<string, ServiceDefinition>>;
  /** Plain without it: for one machine. */
  readonly tls?: ServerTls;
  /** Where calls that are turned away leave a trace. */
  readonly denials?: Denials;
}

/** A connection without calls is closed; a client opens another one when it has something to ask. */
const CONNECTION_IDLE_MS = 5 * 60_000;
/** A peer that is gone without a word holds its connection, and its watches, no longer than both together. */
const KEEPALIVE_EVERY_MS = 60_000;
const KEEPALIVE_TIMEOUT_MS = 20_000;
/** Largest answer: a configuration entry with thousands of models fits. */
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

/**
 * A Nest microservice over gRPC with the standard health and reflection services. Health says NOT_SERVING until
 * `serve` resolves.
 */
export const createGrpcApp = async (
  module: DynamicModule,
  options: GrpcServerOptions,
): Promise<{ app: INestMicroservice; serve: () => Promise<void> }> => {
  const connections = new StrangersConnections(new SystemClock(), options.denials);
  const names = Object.keys(options.services);
  const health = new HealthImplementation(
    Object.fromEntries(['', ...names].map((name) => [name, 'NOT_SERVING' as const])),
  );
  const app: INestMicroservice = await NestFactory.createMicroservice<GrpcOptions>(module, {
    transport: Transport.GRPC,
    logger: ['fatal', 'warn'],
    bufferLogs: false,
    // What went wrong is the caller's to tell, in one line of the log.
    abortOnError: false,
    options: {
      url: options.listen,
      package: [...new Set(names.map((name) => name.slice(0, name.lastIndexOf('.'))))],
      packageDefinition: markingMalformed(options.services),
      ...(options.tls && { credentials: serverCredentials(options.tls) }),
      maxReceiveMessageLength: REQUEST_BYTES_MAX,
      maxSendMessageLength: ANSWER_BYTES_MAX,
      channelOptions: {
        // Nest's type leaves out what it hands through to grpc-js.
        ...({
          interceptors: [
            admitCalls(() => app.get(Authenticator, { strict: false }), connections, options.denials),
          ],
        } as object),
        'grpc.max_concurrent_streams': STRANGERS_CALLS_MAX,
        'grpc.max_connection_idle_ms': CONNECTION_IDLE_MS,
        'grpc.keepalive_time_ms': KEEPALIVE_EVERY_MS,
        'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
      },
      onLoadPackageDefinition: (_definition: unknown, server: Server) => {
        health.addToServer(server);
        addReflection(server);
        // It listens already, but has taken no connection yet.
        connections.guard(server);
        if (options.tls) refuseUnverified(server);
      },
    },
  });
  const serve = async (): Promise<void> => {
    await app.listen();
    for (const name of ['', ...names]) health.setStatus(name, 'SERVING');
  };
  return { app, serve };
};
