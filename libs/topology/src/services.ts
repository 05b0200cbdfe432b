import type { TopicKey } from './topics';

/** What one service is to the others and to the engines. Everything that lists services is fed from this. */
export interface ServiceFacts {
  /** What it answers callers with, and on which port in a container. */
  readonly listens: { readonly grpc: number; readonly http?: number };
  /** Whether it keeps projections, in tables of its own, and is administered: of the control plane, or a gateway. */
  readonly plane: 'control' | 'data';
  /** Its right on the event log: to append to its own streams and read all, to read all, or none. */
  readonly log: 'append' | 'read' | 'none';
  /** Begins the names of the streams that it alone appends to. */
  readonly streams: readonly string[];
  /** The topics that it alone publishes to; where it has streams, the one that their events are told on comes first. */
  readonly publishes: readonly TopicKey[];
  readonly consumes: readonly TopicKey[];
}

/**
 * The services of the product, in the order in which they are told of. From this come login roles, grants and access
 * control lists, tokens and passwords, processes, bundles, ports and health checks. A new service is one entry.
 */
export const SERVICES = {
  registry: {
    listens: { grpc: 7001 },
    plane: 'control',
    log: 'append',
    streams: ['integration-', 'slug-', 'catalog-', 'pricebook-', 'secretreference-'],
    publishes: ['registryEvents'],
    consumes: ['provisioningEvents'],
  },
  provisioning: {
    listens: { grpc: 7002 },
    plane: 'control',
    log: 'append',
    streams: [
      'organization-',
      'integrationlimits-',
      'workspace-',
      'workspacename-',
      'workspaceslug-',
      'provisionname-',
      'provision-',
      'connection-',
      'autoprovision-',
      'bulk-',
      'roster-',
      'proposal-',
      'apikey-',
      'sessions-',
    ],
    publishes: ['provisioningEvents'],
    consumes: ['registryEvents', 'provisioningEvents'],
  },
  metering: {
    listens: { grpc: 7003 },
    plane: 'control',
    log: 'append',
    streams: ['budget-', 'adjustment-', 'rerating-', 'webhook-'],
    publishes: ['meteringEvents'],
    consumes: ['provisioningEvents', 'usage'],
  },
  audit: {
    listens: { grpc: 7004 },
    plane: 'control',
    log: 'read',
    streams: [],
    publishes: [],
    consumes: [],
  },
  gateway: {
    listens: { http: 8787, grpc: 7005 },
    plane: 'data',
    log: 'none',
    streams: [],
    publishes: ['usage'],
    consumes: [],
  },
} as const satisfies Record<string, ServiceFacts>;

/**
 * What stands before the services: it asks them by the key of whoever calls it. It has no identity, database, streams or topics of its own,
 * and so is none of them.
 */
export const CONSOLE = {
  listens: { http: 8788 },
  /** What its URLs begin with, `/v1/` before it. None of them is a gateway's. */
  paths: [
    'admin',
    'analytics',
    'api-keys',
    'audit-logs',
    'gatehouse',
    'integrations',
    'openapi.json',
    'policies',
    'providers',
    'secret-references',
    'virtual-keys',
  ],
} as const;

export type ServiceName = keyof typeof SERVICES;

/** Those that admins and the operator ask, by gRPC; each keeps projections. */
export type ControlServiceName = {
  [Name in ServiceName]: (typeof SERVICES)[Name]['plane'] extends 'control' ? Name : never;
}[ServiceName];

export const SERVICE_NAMES = Object.keys(SERVICES) as readonly ServiceName[];

export const CONTROL_SERVICE_NAMES = SERVICE_NAMES.filter(
  (name): name is ControlServiceName => SERVICES[name].plane === 'control',
);

export const isServiceName = (name: string): name is ServiceName => Object.hasOwn(SERVICES, name);

/** Facts of a service, in the type they have in common. */
export const factsOf = (name: ServiceName): ServiceFacts => SERVICES[name];

/**
 * The port of its container that is published on 127.0.0.1 under the same number. A gateway's gRPC is for services alone,
 * and is not.
 */
export const publishedPortOf = (name: ServiceName): number => {
  const { http, grpc } = factsOf(name).listens;
  return http ?? grpc;
};

/** A service's login role in Postgres. */
export const databaseRoleOf = (name: ServiceName): string => `gatehouse_${name}`;

/** A service's user at Kafka. */
export const kafkaUserOf = (name: ServiceName): string => `gatehouse_${name}`;

/** Who can prove to be themselves to a service: the services, and the operator. */
export const IDENTITIES = [...SERVICE_NAMES, 'operator'] as const;
export type Identity = ServiceName | 'operator';

/** A text for each of the names, e.g. a password. */
export const forEachName = <Name extends string, T>(
  names: readonly Name[],
  make: (name: Name) => T,
): Readonly<Record<Name, T>> =>
  Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, T>;
