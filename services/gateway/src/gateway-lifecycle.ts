import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@gatehouse/kernel';
import type { BeforeApplicationShutdown, OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { ConfigurationStore } from './adapters/config/configuration-store';
import type { ConfigurationWatch } from './adapters/config/configuration-watch';
import type { HttpExchanges } from './adapters/http/http-exchanges';
import type { HealthReports } from './adapters/health/health-reports';
import type { UndiciTokenTransport } from '@gatehouse/provider-auth';
import type { SocketUpstream } from './adapters/upstream/socket-upstream';
import type { DataKeyRewraps } from './adapters/vault/data-key-rewraps';
import type { VaultCredentials } from './adapters/vault/vault-credentials';
import type { GovernedCalls } from './app/governed-call';
import type { Traces } from './app/traces.ports';
import type { JournalLifecycle } from './journal-lifecycle';

export interface LifecycleParts {
  readonly journal: JournalLifecycle;
  readonly store: ConfigurationStore;
  readonly watch: ConfigurationWatch;
  readonly credentials: VaultCredentials;
  readonly rewraps: DataKeyRewraps;
  readonly healthReports: HealthReports;
  readonly upstream: SocketUpstream;
  /** To whoever makes tokens, and to who keeps secrets. */
  readonly transports: readonly UndiciTokenTransport[];
  readonly calls: GovernedCalls;
  readonly exchanges: HttpExchanges;
  readonly traces: Traces;
  readonly clock: Clock;
  /** Milliseconds that requests in flight may still take when the process is told to end. */
  readonly drainMs: number;
}

/** How long the answers of what was cut may take to leave. */
const CUT_MS = 500;
const LOOK_EVERY_MS = 20;

/** Starts the gateway in the order that its promises need, and stops it without losing a charge. */
export class GatewayLifecycle implements OnModuleInit, BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(private readonly parts: LifecycleParts) {}

  async onModuleInit(): Promise<void> {
    const { journal, store, watch, credentials, rewraps, healthReports } = this.parts;
    await journal.start();
    store.onChange((configuration) => credentials.follow(configuration));
    store.load();
    watch.start();
    rewraps.start();
    healthReports.start();
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
    const { watch, store, credentials, rewraps, healthReports, upstream, transports, exchanges } = this.parts;
    const { traces, journal } = this.parts;
    watch.stop();
    await store.close();
    credentials.stop();
    rewraps.stop();
    healthReports.stop();
    upstream.close();
    await Promise.all(transports.map((transport) => transport.close()));
    exchanges.close();
    await Promise.all([traces.close(), journal.stop()]);
  }

  private async drained(withinMs: number): Promise<void> {
    const { exchanges, calls, clock } = this.parts;
    const deadline = clock.monotonicMs() + withinMs;
    while ((exchanges.inFlight > 0 || calls.inFlight > 0) && clock.monotonicMs() < deadline) {
      await sleep(LOOK_EVERY_MS);
    }
  }
}
