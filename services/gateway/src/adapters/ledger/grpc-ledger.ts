import { setTimeout as sleep } from 'node:timers/promises';
import type { Promised } from '@gatehouse/grpc';
import { AppError, type Clock } from '@gatehouse/kernel';
import type { ServiceLog } from '@gatehouse/platform';
import type { meteringV1 } from '@gatehouse/proto-gen';
import { type AskAnswer, type Lease, type LeaseAsk, type LeaseFinal, Ledger } from '../../app/gateway.ports';
import { LeaseCloser } from './lease-closer';
import {
  fromProtoAskLease,
  type JournalName,
  toProtoAskLease,
  toProtoLeaseFinal,
  toProtoUnusedLease,
} from './ledger-messages';

export type LedgerRpc = Pick<
  Promised<meteringV1.LedgerServiceClient>,
  'openJournal' | 'askLease' | 'renewLeases' | 'closeLease' | 'close'
>;

export interface GrpcLedgerOptions {
  readonly rpc: LedgerRpc;
  readonly journal: JournalName & {
    /** Leases that the journal knows: they are closed with what it holds of them. */
    readonly leaseIds: ReadonlySet<string>;
    /** Leases that it does not know may have been used all the same: they stay quarantined. */
    readonly mayHaveLost: boolean;
  };
  readonly clock: Clock;
  readonly log: Pick<ServiceLog, 'info' | 'warn' | 'error'>;
}

interface OpenLease {
  readonly scopeIds: readonly string[];
  readonly grantedAt: number;
}

const ASK_DEADLINE_MS = 2_000;
const RENEW_EVERY_MS = 3_000;
const RENEW_AT_ONCE_MAX = 1_000;
const RETRY_MIN_MS = 50;
const RETRY_MAX_MS = 1_000;
const UNAVAILABLE: AskAnswer = { kind: 'unavailable' };

/**
 * The ledger over gRPC, one reservation per request. An ask whose answer is lost is asked again under its own id until
 * the ledger answers, and what it turns out to have granted is closed unused; meanwhile nothing else is asked.
 */
export class GrpcLedger extends Ledger {
  private readonly leases = new Map<string, OpenLease>();
  private readonly unknown = new Map<string, meteringV1.AskLeaseRequest>();
  private readonly closer: LeaseCloser;
  private readonly listeners: ((scopeIds: readonly string[]) => void)[] = [];
  private renewing: NodeJS.Timeout | undefined;
  private state: 'starting' | 'open' | 'down' | 'fenced' | 'stopped' = 'starting';

  constructor(private readonly options: GrpcLedgerOptions) {
    super();
    this.closer = new LeaseCloser(options.rpc, options.log);
  }

  get begun(): boolean {
    return this.state === 'open' || this.state === 'down';
  }

  get journalId(): string {
    return this.options.journal.journalId;
  }

  /** Begins the incarnation as soon as the ledger answers; until then every ask is unavailable. */
  start(): void {
    this.renewing = setInterval(() => void this.renew(), RENEW_EVERY_MS);
    this.renewing.unref();
    void this.openJournal();
  }

  stop(): void {
    this.state = 'stopped';
    clearInterval(this.renewing);
    this.closer.stop();
    this.options.rpc.close();
  }

  onRoom(listener: (scopeIds: readonly string[]) => void): void {
    this.listeners.push(listener);
  }

  async ask(ask: LeaseAsk): Promise<AskAnswer> {
    if (this.state !== 'open') return UNAVAILABLE;
    const request = toProtoAskLease(ask, this.options.journal);
    const sentAt = this.options.clock.monotonicMs();
    try {
      const response = await this.options.rpc.askLease(request, { deadlineMs: ASK_DEADLINE_MS });
      const answer = fromProtoAskLease(response, ask, sentAt);
      if (answer.kind === 'granted') this.remember(answer.lease, sentAt);
      return answer;
    } catch (error) {
      return this.failed(request, error);
    }
  }

  closeUnused(lease: Lease): void {
    if (lease.id !== '') void this.closeWith(toProtoUnusedLease(this.journalId, lease.id));
  }

  close(final: LeaseFinal): Promise<void> {
    return this.closeWith(toProtoLeaseFinal(final));
  }

  private async closeWith(final: meteringV1.CloseLeaseRequest): Promise<void> {
    await this.closer.close(final);
    const lease = this.leases.get(final.leaseId);
    this.leases.delete(final.leaseId);
    if (lease) for (const listener of this.listeners) listener(lease.scopeIds);
  }

  private remember(lease: Lease, grantedAt: number): void {
    if (lease.id === '') return;
    this.leases.set(lease.id, { scopeIds: lease.scopes.map(({ id }) => id), grantedAt });
  }

  private failed(request: meteringV1.AskLeaseRequest, error: unknown): AskAnswer {
    if (isReason(error, 'SCOPE_NOT_SEEN')) return { kind: 'notSeen' };
    if (isReason(error, 'SCOPE_EXPIRED')) return { kind: 'expired' };
    if (isReason(error, 'JOURNAL_FENCED')) return this.fenced(error);
    if (isReason(error, 'JOURNAL_NOT_OPEN')) return this.reopen();
    if (!isUnknownOutcome(error)) {
      this.options.log.error({ err: error }, 'the ledger refused an ask');
      return UNAVAILABLE;
    }
    this.unknown.set(request.askId, request);
    if (this.state === 'open') {
      this.state = 'down';
      this.options.log.warn({ err: error }, 'the ledger does not answer');
      void this.resolveUnknown();
    }
    return UNAVAILABLE;
  }

  /** The ledger has forgotten the incarnation, as after a restore. */
  private reopen(): AskAnswer {
    if (this.state === 'open') {
      this.state = 'starting';
      void this.openJournal();
    }
    return UNAVAILABLE;
  }

  private fenced(error: unknown): AskAnswer {
    if (this.state !== 'fenced') {
      this.options.log.error({ err: error }, 'another process speaks for this journal');
      this.state = 'fenced';
    }
    return UNAVAILABLE;
  }

  /** Asks again, one after the other, whatever was left without an answer. */
  private async resolveUnknown(): Promise<void> {
    for (let delay = 0; this.unknown.size > 0 && this.state === 'down'; delay = nextDelay(delay)) {
      await sleep(delay, undefined, { ref: false });
      for (const [askId, request] of this.unknown) {
        if (!(await this.resolved(request))) break;
        this.unknown.delete(askId);
        delay = 0;
      }
    }
    if (this.state !== 'down') return;
    this.state = 'open';
    this.options.log.info({}, 'the ledger answers again');
  }

  private async resolved(request: meteringV1.AskLeaseRequest): Promise<boolean> {
    try {
      const { outcome } = await this.options.rpc.askLease(request, { deadlineMs: ASK_DEADLINE_MS });
      if (outcome?.$case === 'grant' && outcome.value.leaseId !== '') {
        void this.closer.close(toProtoUnusedLease(this.journalId, outcome.value.leaseId));
      }
      return true;
    } catch (error) {
      if (isReason(error, 'JOURNAL_FENCED')) this.fenced(error);
      return !isUnknownOutcome(error);
    }
  }

  private async openJournal(): Promise<void> {
    const { rpc, journal, log } = this.options;
    const { journalId, incarnation } = journal;
    for (let delay = RETRY_MIN_MS; this.state === 'starting'; delay = nextDelay(delay)) {
      try {
        const { leases } = await rpc.openJournal({ journalId, incarnation });
        this.closeForgotten(leases);
        if (this.state === 'starting') this.state = 'open';
      } catch (error) {
        if (isReason(error, 'JOURNAL_FENCED')) return void this.fenced(error);
        log.warn({ err: error }, 'the ledger does not open the journal yet');
        await sleep(delay, undefined, { ref: false });
      }
    }
  }

  /** Leases that were granted, and of which the journal holds nothing: no request was admitted under them. */
  private closeForgotten(leases: readonly meteringV1.OpenLease[]): void {
    const { journal, log } = this.options;
    const forgotten = leases.filter(
      ({ leaseId }) => !journal.leaseIds.has(leaseId) && !this.leases.has(leaseId),
    );
    if (forgotten.length === 0) return;
    if (journal.mayHaveLost) {
      return log.warn(
        { leases: forgotten.length },
        'leases stay quarantined: the journal may have lost entries',
      );
    }
    for (const { leaseId } of forgotten) void this.closer.close(toProtoUnusedLease(this.journalId, leaseId));
  }

  /** Long requests keep their leases; short ones are gone before it comes to that. */
  private async renew(): Promise<void> {
    const { rpc, journal, clock, log } = this.options;
    const before = clock.monotonicMs() - RENEW_EVERY_MS;
    const ids = [...this.leases].filter(([, { grantedAt }]) => grantedAt < before).map(([id]) => id);
    for (let at = 0; at < ids.length; at += RENEW_AT_ONCE_MAX) {
      const leaseIds = ids.slice(at, at + RENEW_AT_ONCE_MAX);
      const { journalId, incarnation } = journal;
      await rpc
        .renewLeases({ journalId, incarnation, leaseIds })
        .catch((error: unknown) =>
          log.warn({ err: error, leases: leaseIds.length }, 'leases could not be renewed'),
        );
    }
  }
}

const nextDelay = (delay: number): number => Math.min(RETRY_MAX_MS, Math.max(RETRY_MIN_MS, delay * 2));

const isReason = (error: unknown, reason: string): boolean =>
  error instanceof AppError && error.reason === reason;

/** Anything but a refusal may have been applied. */
const isUnknownOutcome = (error: unknown): boolean =>
  !(error instanceof AppError) || (error.code === 'UNAVAILABLE' && error.reason !== 'SCOPE_NOT_SEEN');
