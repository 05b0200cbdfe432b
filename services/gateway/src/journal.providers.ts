import { join } from 'node:path';
import { BusProducer } from '@gatehouse/bus';
import { grpcClient, type TlsFiles } from '@gatehouse/grpc';
import { Clock, type DiskSync, SystemClock } from '@gatehouse/kernel';
import { openBus, openTls, PinoServiceLog, Random, ServiceLog, SystemRandom } from '@gatehouse/platform';
import { createPool } from '@gatehouse/postgres';
import { meteringV1 } from '@gatehouse/proto-gen';
import type { Provider } from '@nestjs/common';
import { FileJournal } from './adapters/journal/file-journal';
import { CloserOfBefore } from './adapters/ledger/closer-of-before';
import { GrpcLedger } from './adapters/ledger/grpc-ledger';
import { LeaseNotices } from './adapters/ledger/lease-notices';
import { UsagePublisher } from './adapters/usage/usage-publisher';
import type { GatewayConfig } from './gateway.config';
import { JournalLifecycle } from './journal-lifecycle';

/** Where usage goes. */
export interface GatewayBus {
  readonly producer: BusProducer;
  close(): Promise<void>;
}
export type OpenGatewayBus = (log: ServiceLog) => Promise<GatewayBus>;

const BUS = Symbol('bus');
/** Certificates for calls to other services, and from them; undefined where they are plain. */
export const TLS = Symbol('tls');

const configuredBus =
  (config: GatewayConfig): OpenGatewayBus =>
  async (log) => {
    const pool = createPool(config.GATEHOUSE_DATABASE_URL, { name: 'gateway', max: 2, log });
    const { producer, consumer } = await openBus({ name: 'gateway', config, pool, log });
    const close = async (): Promise<void> => {
      await Promise.all([producer.close(), consumer.close()]);
      await pool.end();
    };
    return { producer, close };
  };

const busProviders = (open: OpenGatewayBus): Provider[] => [
  { provide: BUS, useFactory: open, inject: [ServiceLog] },
  { provide: BusProducer, useFactory: (bus: GatewayBus) => bus.producer, inject: [BUS] },
  {
    provide: UsagePublisher,
    useFactory: (producer: BusProducer, journal: FileJournal, log: ServiceLog) =>
      new UsagePublisher(producer, journal, log),
    inject: [BusProducer, FileJournal, ServiceLog],
  },
];

const ledgerProviders = (config: GatewayConfig, { directory, lock, sync }: JournalPlace): Provider[] => [
  {
    provide: FileJournal,
    useFactory: (random: Random, log: ServiceLog) =>
      FileJournal.openAt({ directory: journalIn(directory), lock, random, sync, log }),
    inject: [Random, ServiceLog],
  },
  {
    provide: GrpcLedger,
    useFactory: (journal: FileJournal, clock: Clock, log: ServiceLog, tls?: TlsFiles) => {
      const rpc = grpcClient(meteringV1.LeaseServiceClient, meteringAt(config, tls));
      return new GrpcLedger({ rpc, journal, notices: new LeaseNotices(rpc, journal, log), clock, log });
    },
    inject: [FileJournal, Clock, ServiceLog, TLS],
  },
  {
    provide: CloserOfBefore,
    useFactory: (log: ServiceLog, tls?: TlsFiles) =>
      new CloserOfBefore(grpcClient(meteringV1.LedgerServiceClient, meteringAt(config, tls)), log),
    inject: [ServiceLog, TLS],
  },
];

export interface JournalPlace {
  /** Of the process: journal, last configuration and sealed credentials. */
  readonly directory: string;
  /** The descriptor by which the journal's lock was handed on; absent where the process takes it. */
  readonly lock?: number | undefined;
  /** Of what is in its directory, and of keys. */
  readonly sync: DiskSync;
}

/** What a journal needs to be told, and the ground it stands on. */
export const journalProviders = (
  config: GatewayConfig,
  place: JournalPlace,
  openBus: OpenGatewayBus = configuredBus(config),
): Provider[] => [
  { provide: Clock, useClass: SystemClock },
  { provide: Random, useClass: SystemRandom },
  { provide: ServiceLog, useFactory: () => new PinoServiceLog('gateway', config.GATEHOUSE_LOG_LEVEL) },
  { provide: TLS, useFactory: (log: ServiceLog) => openTls(config, log), inject: [ServiceLog] },
  ...busProviders(openBus),
  ...ledgerProviders(config, place),
  {
    provide: JournalLifecycle,
    useFactory: (
      journal: FileJournal,
      ledger: GrpcLedger,
      closerOfBefore: CloserOfBefore,
      publisher: UsagePublisher,
      clock: Clock,
      log: ServiceLog,
      bus: GatewayBus,
    ) =>
      new JournalLifecycle({
        ...{ journal, ledger, closerOfBefore, publisher, clock, log },
        closeBus: () => bus.close(),
      }),
    inject: [FileJournal, GrpcLedger, CloserOfBefore, UsagePublisher, Clock, ServiceLog, BUS],
  },
];

export const journalIn = (directory: string): string => join(directory, 'journal');

const meteringAt = (config: GatewayConfig, tls: TlsFiles | undefined) => ({
  address: config.GATEHOUSE_METERING_ADDRESS,
  serviceToken: config.GATEHOUSE_SERVICE_TOKEN,
  tls,
  deadlineMs: 5_000,
});
