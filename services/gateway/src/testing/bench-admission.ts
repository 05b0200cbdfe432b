import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fdatasync, mkdtempSync, openSync, rmSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { BusProducer } from '@gatehouse/bus';
import { deriveId, nanoUsdPerMillion, randomId, syncToDisk, SystemClock } from '@gatehouse/kernel';
import { Hold, type HoldOutcome, type HoldRequest } from '@gatehouse/leases';
import { SystemRandom } from '@gatehouse/platform';
import { meteringV1 } from '@gatehouse/proto-gen';
import { FileJournal } from '../adapters/journal/file-journal';
import { GrpcLedger } from '../adapters/ledger/grpc-ledger';
import type { LedgerRpc } from '../adapters/ledger/ledger-rpc';
import type { LeaseNotices } from '../adapters/ledger/lease-notices';
import { UsagePublisher } from '../adapters/usage/usage-publisher';
import { amountsOf, type Bound, boundAt, planFor } from '../domain/bound';
import type { Model } from '../domain/model';
import { chargeFor, limitChargeOf } from '../domain/settlement';
import { NO_USAGE } from '../domain/usage';
import { charged, type UsageRecord } from '../domain/usage-record';
import { FakeLedger } from './fake-ledger';

/** What the books of a call cost, in processor time of all threads: in steady state, and with no network. */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
    /** Of a process that does one of them: which. */
    work: { type: 'string' },
  },
});

const PLENTY = 1_000_000_000_000_000_000n;
const CLOCK = new SystemClock();
const RANDOM = new SystemRandom();
const NO_LOG = { info: () => undefined, warn: () => undefined, error: () => undefined };
const MODEL: Model = {
  name: 'bench',
  prices: {
    rates: { input: nanoUsdPerMillion(500_000_000n), output: nanoUsdPerMillion(2_000_000_000n) },
    tiers: [],
  },
  maxOutputTokens: 4_096,
  contextWindow: 128_000,
  known: true,
};
/** More than are under way at a time, and made beforehand: a request has its id before anybody keeps books of it. */
const REQUEST_IDS = Array.from({ length: 4_096 }, () => randomId('req', RANDOM.bytes(17)));
let requests = 0;
const ID = {
  organizationId: deriveId('org', 'bench'),
  workspaceId: deriveId('ws', 'bench'),
  provisionId: deriveId('prv', 'bench'),
  integrationId: deriveId('int', 'bench'),
  apiKeyId: deriveId('key', 'bench'),
};
const PLAN = planFor(
  {
    billed: true,
    prompt: {
      bytes: 1_000,
      growth: 0,
      messages: 1,
      prompts: 1,
      images: [],
      opaque: false,
      usesTools: false,
      keepsHour: false,
    },
    output: {
      choices: 1,
      limits: new Map([['max_tokens', 64]]),
      multipliers: new Set(),
      predictionBytes: 0,
    },
  },
  MODEL,
  { name: 'max_tokens', tokens: 64, removed: [] },
  { outputDefault: 4_096, outputFloor: 1 },
  0,
);
const SCOPES: HoldRequest['scopes'] = [
  { kind: 'provision', id: ID.provisionId, revision: 1n },
  { kind: 'workspace', id: ID.workspaceId, revision: 1n },
  { kind: 'apiKey', id: ID.apiKeyId, revision: 1n },
  { kind: 'organization', id: ID.organizationId, revision: 0n },
];
const USAGE = { ...NO_USAGE, inputTokens: 230, outputTokens: 17 };

/** Takes whatever it is given. */
class NoBus extends BusProducer {
  async publish(): Promise<void> {}

  async close(): Promise<void> {}
}

/** A ledger in this process, with three limits of which there is plenty. */
const ledgerFor = (journal: FileJournal): GrpcLedger => {
  const fake = new FakeLedger();
  fake.plentiful = true;
  fake.validForMs = 600_000n;
  const { ScopeKind, LimitUnit } = meteringV1;
  fake.budget(ID.provisionId, PLENTY, LimitUnit.NANO_USD, ScopeKind.PROVISION);
  fake.budget(ID.workspaceId, PLENTY, LimitUnit.TOKENS, ScopeKind.WORKSPACE);
  fake.budget(ID.apiKeyId, PLENTY, LimitUnit.REQUESTS, ScopeKind.API_KEY);
  const rpc = {
    beginJournal: async (request: meteringV1.BeginJournalRequest) => fake.begin(request),
    exchange: async (request: meteringV1.ExchangeRequest) => fake.exchange(request),
    close: () => undefined,
  } as unknown as LedgerRpc;
  const notices = { listen: () => undefined, start: () => undefined, stop: () => undefined };
  return new GrpcLedger({
    ...{ rpc, journal, clock: CLOCK, log: NO_LOG },
    notices: notices as unknown as LeaseNotices,
  });
};

/** What is measured of the books of a call: each with what is before it. */
type Parts = 'admission' | 'journal' | 'all';

class Books {
  private constructor(
    private readonly directory: string,
    readonly journal: FileJournal,
    readonly ledger: GrpcLedger,
    private readonly publisher: UsagePublisher,
  ) {}

  static async open(parts: Parts): Promise<Books> {
    const directory = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
    const journal = await FileJournal.openAt({ directory, random: RANDOM, sync: syncToDisk, log: NO_LOG });
    const publisher = new UsagePublisher(new NoBus(), journal, NO_LOG);
    if (parts === 'all') publisher.start();
    const ledger = ledgerFor(journal);
    ledger.start([]);
    while (!ledger.begun) await nextTurn();
    return new Books(directory, journal, ledger, publisher);
  }

  /** All that was settled is on disk, and told: where records are left out, to nobody. */
  async synced(): Promise<void> {
    await this.publisher.idle();
    const untold = (): number => this.journal.untold(1_000).length;
    for (let some = untold(); some > 0; some = untold()) this.journal.told(some);
  }

  async close(): Promise<void> {
    await this.synced();
    await this.ledger.stop();
    this.publisher.stop();
    await this.journal.close();
    rmSync(this.directory, { recursive: true });
  }

  /** At once in steady state; the first have to be asked for. */
  acquire(bound: Bound): Hold | Promise<Hold> {
    const amounts = amountsOf(bound);
    const request = {
      organizationId: ID.organizationId,
      scopes: SCOPES,
      want: amounts,
      least: amounts,
      unpriced: false,
    };
    const room = this.ledger.acquire(request, 2_000);
    return room instanceof Hold ? room : room.outcome.then(heldOf);
  }
}

const heldOf = (outcome: HoldOutcome): Hold => {
  if (outcome.kind !== 'held') throw new Error(`no room: ${outcome.kind}`);
  return outcome.hold;
};

const nothing = (): void => undefined;

/** An attempt under way. */
interface Sent {
  readonly record: UsageRecord;
  readonly hold: Hold;
  readonly bound: Bound;
}

/** Field by field, as a gateway makes it. */
const recordOf = (hold: Hold, bound: Bound, journalId: string): UsageRecord => ({
  requestId: REQUEST_IDS[requests++ % REQUEST_IDS.length]!,
  attempt: 1,
  organizationId: ID.organizationId,
  workspaceId: ID.workspaceId,
  provisionId: ID.provisionId,
  integrationId: ID.integrationId,
  apiKeyId: ID.apiKeyId,
  model: MODEL.name,
  usage: undefined,
  kinds: NO_KINDS,
  serviceTier: '',
  amount: bound.nanoUsd,
  doubt: 0n,
  estimated: true,
  outcome: 'unknown',
  admittedAt: CLOCK.now(),
  settledAt: undefined,
  streamed: false,
  journalId,
  leases: hold.parts.map(({ lease }) => lease.number),
  leaseOfBefore: undefined,
  inputPrice: bound.rates?.input,
  outputPrice: bound.rates?.output,
  priceBookVersion: 1n,
  provider: 'self-hosted',
  told: NOTHING_TOLD,
  heard: undefined,
});

const NO_KINDS: UsageRecord['kinds'] = [];
const NOTHING_TOLD: UsageRecord['told'] = { metadata: {}, user: '', traceId: '' };

/** What is done of a call in one turn of the event loop, for all that are sent in it. */
interface Work {
  turn(calls: number): void | Promise<void>;
  /** All that was written is on disk, and told. */
  synced(): Promise<void>;
  close(): void | Promise<void>;
}

/** As a gateway does it: those of the turn before are settled, and as many are admitted and written down. */
const books = async (parts: Parts): Promise<Work> => {
  const opened = await Books.open(parts);
  const { journal, ledger } = opened;
  let sent: Sent[] = [];
  const settle = ({ record, hold, bound }: Sent): void => {
    const charge = chargeFor({ kind: 'counted', usage: USAGE }, bound, PLAN.tariff);
    const charges = hold.chargesOf(limitChargeOf(charge));
    const heard = { status: 200, firstByteMs: 3, totalMs: 3 };
    if (parts === 'admission') return ledger.settle(hold, charges);
    journal.settle({
      attempt: { record: charged(record, charge, 'completed', heard, CLOCK.now()), charges },
      written: () => ledger.settle(hold, charges),
      passed: nothing,
    });
  };
  const open = ({ record, hold }: Sent): void =>
    journal.open({
      attempt: () => ({
        record,
        charges: hold.chargesInFull(),
      }),
      written: nothing,
      failed: (error) => {
        throw error;
      },
    });
  const send = (hold: Hold, bound: Bound): void => {
    const each = { record: recordOf(hold, bound, journal.journalId), hold, bound };
    sent.push(each);
    if (parts !== 'admission') open(each);
  };
  const admit = (calls: number): void | Promise<void> => {
    for (let left = calls; left > 0; left--) {
      const bound = boundAt(PLAN, PLAN.perChoiceMax);
      const room = opened.acquire(bound);
      if (room instanceof Hold) send(room, bound);
      else
        return room.then((hold) => {
          send(hold, bound);
          return admit(left - 1);
        });
    }
  };
  return {
    turn: (calls) => {
      for (const each of sent) settle(each);
      sent = [];
      return admit(calls);
    },
    synced: () => opened.synced(),
    close: async () => {
      for (const each of sent) settle(each);
      await opened.close();
    },
  };
};

/** As long as those of a call are, by the mean. */
const ENTRY = Buffer.alloc(116, 'x');
const SEGMENT_BYTES = 16 * 1_024 * 1_024;

/** What no journal that writes each entry by itself can be cheaper than. */
const bareWrites = async (): Promise<Work> => {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
  const segment = (number: number): number => openSync(join(directory, String(number)), 'wx');
  let [number, at] = [0, 0];
  let file = segment(number);
  const follow = (): void => {
    closeSync(file);
    unlinkSync(join(directory, String(number)));
    [file, at] = [segment(++number), 0];
  };
  return {
    turn: (calls) => {
      for (let entry = 0; entry < 2 * calls; entry++) at += writeSync(file, ENTRY, 0, ENTRY.length, at);
      if (at > SEGMENT_BYTES) follow();
    },
    synced: () => promisify(fdatasync)(file),
    close: () => rmSync(directory, { recursive: true }),
  };
};

/** What of each is neither admission nor journal: the event loop goes round whatever is done in it. */
const nothingAtAll = async (): Promise<Work> => ({
  turn: nothing,
  synced: async () => undefined,
  close: nothing,
});

const NOTHING = 'a turn of nothing';
const WORKS: Readonly<Record<string, () => Promise<Work>>> = {
  [NOTHING]: nothingAtAll,
  'two bare writes and a sync': bareWrites,
  'admission and settlement': () => books('admission'),
  'and journal': () => books('journal'),
  'and record': () => books('all'),
};

const microsecondsOfProcess = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** How many share a sync and a message for the bus: those of a quarter of a second where a thousand come in a second, and the most that do. */
const CALLS_A_SYNC = [240, 496];

interface Load {
  /** In a turn. */
  readonly calls: number;
  readonly sharing: number;
}

/** @returns microseconds of all threads a call. */
const measure = async (work: Work, { calls, sharing }: Load, ms: number): Promise<number> => {
  const begun = CLOCK.monotonicMs();
  const before = microsecondsOfProcess();
  let done = 0;
  while (CLOCK.monotonicMs() - begun < ms) {
    for (const until = done + sharing; done < until; done += calls) {
      await work.turn(calls);
      await nextTurn();
    }
    await work.synced();
  }
  return (microsecondsOfProcess() - before) / done;
};

const median = (all: readonly number[]): number =>
  [...all].sort((a, b) => a - b)[all.length >> 1] ?? Number.NaN;

/** What a process is asked for that does one of them. */
interface Round {
  readonly load: Load;
  readonly ms: number;
}

/** Until the engine has compiled what it will, which takes it two million calls. */
const FIRST_WARM_MS = 15_000;
/** Under each load that follows: what was compiled under another is not the same. */
const WARM_MS = 5_000;

const workAlone = async (name: string): Promise<void> => {
  const work = await WORKS[name]!();
  const measured = async ({ load, ms }: Round): Promise<void> => {
    const taken = await measure(work, load, ms);
    if (!process.send?.(taken)) throw new Error('nobody asked');
  };
  process.on('message', (round: Round) => void measured(round));
  process.once('disconnect', () => void work.close());
};

/** Each by a process of its own, by turns: what one teaches the engine is nothing to others. */
const main = async (): Promise<void> => {
  const ms = Number(values.seconds) * 1_000;
  const workers = Object.keys(WORKS).map((name) => {
    const worker = fork(process.argv[1]!, ['--work', name]);
    const measured = async (load: Load, forMs = ms): Promise<number> => {
      worker.send({ load, ms: forMs } satisfies Round);
      const [taken] = (await once(worker, 'message')) as [number];
      return taken;
    };
    return { name, worker, measured };
  });
  const loads = CALLS_A_SYNC.flatMap((sharing) => [1, 4, 16].map((calls) => ({ calls, sharing })));
  const rows = [];
  for (const load of loads) {
    const taken = new Map(workers.map(({ name }) => [name, [] as number[]]));
    for (const { measured } of workers) await measured(load, load === loads[0] ? FIRST_WARM_MS : WARM_MS);
    for (let round = 0; round < Number(values.rounds); round++)
      for (const { name, measured } of workers) taken.get(name)?.push(await measured(load));
    const turn = median(taken.get(NOTHING) ?? []);
    for (const [name, us] of taken) {
      const all = median(us);
      rows.push({ ...load, name, median: all, least: Math.min(...us), own: all - turn });
    }
  }
  for (const { worker } of workers) worker.disconnect();
  if (values.json) return void process.stdout.write(`${JSON.stringify({ rows })}\n`);
  process.stdout.write(
    'calls a sync  a turn  what                        median µs  least µs  beyond the turn\n',
  );
  for (const row of rows)
    process.stdout.write(
      `${String(row.sharing).padStart(12)}  ${String(row.calls).padStart(6)}  ${row.name.padEnd(26)}  ${row.median.toFixed(2).padStart(9)}  ${row.least.toFixed(2).padStart(8)}  ${row.own.toFixed(2).padStart(15)}\n`,
    );
};

void (values.work === undefined ? main() : workAlone(values.work));
