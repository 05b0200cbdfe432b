import type { Clock } from '@gatehouse/kernel';
import type { ServiceLog } from '@gatehouse/platform';
import type { FileJournal } from './adapters/journal/file-journal';
import type { CloserOfBefore } from './adapters/ledger/closer-of-before';
import type { GrpcLedger } from './adapters/ledger/grpc-ledger';
import type { UsagePublisher } from './adapters/usage/usage-publisher';
import type { Attempt } from './app/gateway.ports';

export interface JournalParts {
  readonly journal: FileJournal;
  readonly ledger: GrpcLedger;
  readonly closerOfBefore: CloserOfBefore;
  readonly publisher: UsagePublisher;
  readonly clock: Clock;
  readonly log: ServiceLog;
  readonly closeBus: () => Promise<void>;
}

/** How long acknowledgements are waited for at the end; what is not acknowledged is in the journal. */
const ACKNOWLEDGE_MS = 1_000;

/** Begins a journal where an earlier process left it, and closes it without losing what is not told yet. */
export class JournalLifecycle {
  constructor(private readonly parts: JournalParts) {}

  /** Replays the journal before the first message, then begins the new incarnation, and only then asks. */
  async start(): Promise<void> {
    const { journal, publisher, ledger, log } = this.parts;
    if (journal.left.length > 0) log.info({ unsettled: journal.left.length }, 'replaying the journal');
    await Promise.all(journal.left.map((left) => this.replay(left)));
    await journal.synced();
    publisher.start();
    void this.tellOfBefore().then((told) => told && ledger.start(journal.finals()));
  }

  /** Bus and ledger have all that was settled; false as long as one of them is away. */
  get isTold(): boolean {
    const { journal, ledger } = this.parts;
    return ledger.isTold && journal.isTold;
  }

  /** Nothing may be settled any more. */
  async stop(): Promise<void> {
    const { closerOfBefore, ledger, publisher, journal, closeBus } = this.parts;
    await within(ACKNOWLEDGE_MS, publisher.idle());
    closerOfBefore.stop();
    await within(ACKNOWLEDGE_MS, ledger.stop());
    publisher.stop();
    await journal.close();
    await closeBus();
  }

  /** What an earlier process did not settle was charged at its bound when it was opened: that stands. */
  private replay({ record, charges }: Attempt): Promise<void> {
    const { journal, clock } = this.parts;
    const unknown = { ...record, outcome: 'unknown', settledAt: clock.now() } as const;
    return new Promise((written) =>
      journal.settle({ attempt: { record: unknown, charges }, written, passed: () => undefined }),
    );
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
}

const within = async (ms: number, work: Promise<void>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([work, late]);
  clearTimeout(timer);
};
