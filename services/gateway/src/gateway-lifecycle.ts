import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@gatehouse/kernel';
import type { ServiceLog } from '@gatehouse/platform';
import type { BeforeApplicationShutdown, OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { ConfigurationStore } from './adapters/config/configuration-store';
import type { ConfigurationWatch } from './adapters/config/configuration-watch';
import type { HttpExchanges } from './adapters/http/http-exchanges';
import type { FileJournal } from './adapters/journal/file-journal';
import type { CloserOfBefore } from './adapters/ledger/closer-of-before';
import type { HealthReports } from './adapters/health/health-reports';
import type { GrpcLedger } from './adapters/ledger/grpc-ledger';
import type { UndiciTokenTransport } from '@gatehouse/provider-auth';
import type { UndiciUpstream } from './adapters/upstream/undici-upstream';
import type { UsagePublisher } from './adapters/usage/usage-publisher';
import type { DataKeyRewraps } from './adapters/vault/data-key-rewraps';
import type { VaultCredentials } from './adapters/vault/vault-credentials';
import type { GovernedCalls } from './app/governed-call';
import type { Attempt } from './app/gateway.ports';

export interface LifecycleParts {
  readonly journal: FileJournal;
  readonly store: ConfigurationStore;
  readonly watch: ConfigurationWatch;
  readonly credentials: VaultCredentials;
  readonly rewraps: DataKeyRewraps;
  readonly healthReports: HealthReports;
  readonly ledger: GrpcLedger;
  readonly closerOfBefore: CloserOfBefore;
  readonly publisher: UsagePublisher;
  readonly upstream: UndiciUpstream;
  /** To whoever makes tokens, and to who keeps secrets. */
  readonly transports: readonly UndiciTokenTransport[];
  readonly calls: GovernedCalls;
  readonly exchanges: HttpExchanges;
  readonly clock: Clock;
  readonly log: ServiceLog;
  /** Milliseconds that requests in flight may still take when the process is told to end. */
  readonly drainMs: number;
  readonly closeBus: () => Promise<void>;
}

/** How long acknowledgements are waited for at the end; what is not acknowledged is in the journal. */
const ACKNOWLEDGE_MS = 1_000;
/** How long the answers of what was cut may take to leave. */
const CUT_MS = 500;
const LOOK_EVERY_MS = 20;

/** Starts the gateway in the order that its promises need, and stops it without losing a charge. */
export class GatewayLifecycle implements OnModuleInit, BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(private readonly parts: LifecycleParts) {}

  /** Replays the journal before the first message, then begins the new incarnation, and only then asks. */
  async onModuleInit(): Promise<void> {
    const { journal, publisher, store, watch, credentials, rewraps, ledger, log } = this.parts;
    if (journal.left.length > 0) log.info({ unsettled: journal.left.length }, 'replaying the journal');
    await Promise.all(journal.left.map((left) => this.replay(left)));
    await journal.synced();
    publisher.start();
    void this.tellOfBefore().then((told) => told && ledger.start(journal.finals()));
    store.onChange((configuration) => credentials.follow(configuration));
    store.load();
    watch.start();
    rewraps.start();
    this.parts.healthReports.start();
  }

  /** The server still listens, and refuses what is new; what is in flight may end, or is cut and settled. */
  async beforeApplicationShutdown(): Promise<void> {
    const { exchanges, calls, drainMs } = this.parts;
    exchanges.stop();
    await this.drained(drainMs);
    calls.cutAll();
    await this.drained(CUT_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    const { parts } = this;
    await within(ACKNOWLEDGE_MS, parts.publisher.idle());
    parts.watch.stop();
    await parts.store.close();
    parts.credentials.stop();
    parts.rewraps.stop();
    parts.healthReports.stop();
    parts.closerOfBefore.stop();
    await within(ACKNOWLEDGE_MS, parts.ledger.stop());
    parts.publisher.stop();
    await parts.upstream.close();
    await Promise.all(parts.transports.map((transport) => transport.close()));
    parts.journal.close();
    await parts.closeBus();
  }

  /** What an earlier process did not settle was charged at its bound when it was opened: that stands. */
  private replay({ record, charges }: Attempt): Promise<void> {
    const { journal, clock } = this.parts;
    const unknown = { ...record, outcome: 'unknown', settledAt: clock.now() } as const;
    return new Promise((written) => journal.settle({ record: unknown, charges }, written));
  }

  /** A journal of the version before has a lease for each attempt: all are closed before the ledger tells what it holds. */
  private async tellOfBefore(): Promise<boolean> {
    const { journal, closerOfBefore, publisher, clock } = this.parts;
    if (journal.ofBefore.length === 0) return true;
    const finals = journal.ofBefore.flatMap(({ final }) => final ?? []);
    if (!(await closerOfBefore.closeAll(finals))) return false;
    const settledAt = clock.now();
    await publisher.publish(
      journal.ofBefore.map(({ record }) => ({ ...record, settledAt: record.settledAt ?? settledAt })),
    );
    journal.doneWithBefore();
    return true;
  }

  private async drained(withinMs: number): Promise<void> {
    const { exchanges, calls, clock } = this.parts;
    const deadline = clock.monotonicMs() + withinMs;
    while ((exchanges.inFlight > 0 || calls.inFlight > 0) && clock.monotonicMs() < deadline) {
      await sleep(LOOK_EVERY_MS);
    }
  }
}

const within = async (ms: number, work: Promise<void>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([work, late]);
  clearTimeout(timer);
};
