import { setTimeout as sleep } from 'node:timers/promises';
import type { Promised } from '@gatehouse/grpc';
import type { ServiceLog } from '@gatehouse/platform';
import { registryV1 } from '@gatehouse/proto-gen';
import type { IntegrationHealth } from '../../app/integration-health';

export interface HealthReportsOptions {
  readonly rpc: Pick<Promised<registryV1.HealthServiceClient>, 'reportHealth' | 'close'>;
  readonly health: IntegrationHealth;
  readonly everyMs: number;
  readonly log: Pick<ServiceLog, 'warn'>;
}

const REPORTS_MAX = 200;
const DEADLINE_MS = 5_000;

/** Tells the registry every few seconds what has changed. What is lost is said again by the next call. */
export class HealthReports {
  private readonly stopping = new AbortController();
  private failing = false;

  constructor(private readonly options: HealthReportsOptions) {}

  start(): void {
    void this.again();
  }

  stop(): void {
    this.stopping.abort();
    this.options.rpc.close();
  }

  private async again(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await sleep(this.options.everyMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted) await this.tell();
    }
  }

  private async tell(): Promise<void> {
    const { rpc, health, log } = this.options;
    const reports = health.take(REPORTS_MAX).map((times) => registryV1.HealthReport.fromPartial(times));
    if (reports.length === 0) return;
    try {
      await rpc.reportHealth({ reports }, { deadlineMs: DEADLINE_MS });
      this.failing = false;
    } catch (error) {
      if (!this.failing) log.warn({ err: error }, 'the health of integrations cannot be told just now');
      this.failing = true;
    }
  }
}
