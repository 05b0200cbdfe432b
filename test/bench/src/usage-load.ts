import type { BusMessage } from '@gatehouse/bus';
import { deriveId, type OrganizationId } from '@gatehouse/kernel';
import { eventsV1, meteringV1 } from '@gatehouse/proto-gen';

const WORKSPACES = 20;
const KEYS_PER_WORKSPACE = 10;
const INTEGRATIONS = 4;
const MODELS = 6;
const USERS = 50;
/** Calls a second, as they were admitted. */
const PER_SECOND = 1_000;
/** Of them, one in so many is told a second time, three thousand calls later. */
const REPEATED_EVERY = 50;
const REPEATED_AFTER = 3_000;

const several = (count: number, prefix: string): readonly string[] =>
  Array.from({ length: count }, (_, index) => deriveId(prefix, 'bench', String(index)));

export const WORKSPACE_IDS = several(WORKSPACES, 'ws');
export const KEY_IDS = several(WORKSPACES * KEYS_PER_WORKSPACE, 'key');
export const INTEGRATION_IDS = several(INTEGRATIONS, 'int');
const PROVISION_IDS = several(WORKSPACES * INTEGRATIONS, 'prv');
/** Of a provision that nobody calls. */
export const IDLE_PROVISION_ID = deriveId('prv', 'bench', 'idle');

/** Evenly mixed numbers from a plain one: the same load every time. */
const mixed = (n: number): number => {
  let x = Math.imul(n ^ (n >>> 16), 0x45d9f3b);
  x = Math.imul(x ^ (x >>> 16), 0x45d9f3b);
  return (x ^ (x >>> 16)) >>> 0;
};

export interface UsageLot {
  readonly fresh: readonly meteringV1.UsageRecord[];
  readonly again: readonly meteringV1.UsageRecord[];
}

/**
 * Calls of 20 workspaces with ten keys each, of which each calls six models through two integrations: 2,400 series with two
 * outcomes. One in five says a user and a team; one in forty has failed, one in a hundred has an unknown usage.
 */
export class UsageLoad {
  constructor(
    private readonly organizationId: OrganizationId,
    readonly count: number,
    private readonly since: number,
  ) {}

  /** As gateways would tell them, in lots, each with some that were told already. */
  *lots(size: number): Generator<UsageLot> {
    for (let first = 0; first < this.count; first += size) {
      const lot: { fresh: meteringV1.UsageRecord[]; again: meteringV1.UsageRecord[] } = {
        fresh: [],
        again: [],
      };
      for (let n = first; n < Math.min(first + size, this.count); n++) {
        lot.fresh.push(this.record(n));
        if (n >= REPEATED_AFTER && n % REPEATED_EVERY === 0) lot.again.push(this.record(n - REPEATED_AFTER));
      }
      yield lot;
    }
  }

  record(n: number): meteringV1.UsageRecord {
    const dice = mixed(n);
    const key = dice % KEY_IDS.length;
    const workspace = key % WORKSPACES;
    const integration = (key + (mixed(n + 1) % 2)) % INTEGRATIONS;
    const model = mixed(n + 2) % MODELS;
    const admittedAt = this.since + Math.floor((n * 1_000) / PER_SECOND);
    const totalMs = 200 + (mixed(n + 3) % 9_000);
    const inputTokens = BigInt(100 + (mixed(n + 4) % 4_000));
    const outputTokens = BigInt(10 + (mixed(n + 5) % 800));
    const [inputPrice, outputPrice] = [500_000_000n, 2_000_000_000n];
    const isKnown = dice % 100 !== 7;
    const hasFailed = dice % 40 === 3;
    return meteringV1.UsageRecord.fromPartial({
      requestId: `req_${dice.toString(16).padStart(8, '0')}${n.toString(16).padStart(12, '0')}`,
      attempt: 1,
      organizationId: this.organizationId,
      workspaceId: WORKSPACE_IDS[workspace] ?? '',
      provisionId: PROVISION_IDS[workspace * INTEGRATIONS + integration] ?? '',
      integrationId: INTEGRATION_IDS[integration] ?? '',
      apiKeyId: KEY_IDS[key] ?? '',
      model: `model-${model}`,
      ...(isKnown && {
        inputTokens,
        outputTokens,
        amountNanoUsd: (inputTokens * inputPrice + outputTokens * outputPrice + 999_999n) / 1_000_000n,
        kinds: [
          { kind: meteringV1.UsageKind.INPUT, quantity: inputTokens, nanoUsdPerMillion: inputPrice },
          { kind: meteringV1.UsageKind.OUTPUT, quantity: outputTokens, nanoUsdPerMillion: outputPrice },
        ],
      }),
      outcome: hasFailed ? meteringV1.UsageOutcome.PROVIDER_FAILED : meteringV1.UsageOutcome.COMPLETED,
      status: hasFailed ? 500 : 200,
      admittedAt: new Date(admittedAt),
      settledAt: new Date(admittedAt + totalMs),
      inputNanoUsdPerMillion: inputPrice,
      outputNanoUsdPerMillion: outputPrice,
      priceBookVersion: 1n,
      provider: integration % 2 === 0 ? 'openai' : 'anthropic',
      firstByteMs: Math.floor(totalMs / 3),
      totalMs,
      journalId: deriveId('jnl', 'bench', String(n % 4)),
      leases: [BigInt(n % 1_000) + 1n, BigInt(n % 1_000) + 2n],
      ...(dice % 5 === 0 && {
        metadata: { _user: `user-${mixed(n + 6) % USERS}`, team: `team-${workspace % 5}` },
        user: `user-${mixed(n + 6) % USERS}`,
      }),
    });
  }
}

export const messageOf = (record: meteringV1.UsageRecord): BusMessage => ({
  key: record.provisionId,
  headers: {
    ce_id: `${record.requestId}.${record.attempt}`,
    ce_source: '/gatehouse/gateway',
    ce_type: 'UsageRecorded',
  },
  value: eventsV1.UsageRecorded.encode({ record }).finish(),
});

/** What counters must say of a load, by workspace and model. */
export class ExpectedSums {
  private readonly rows = new Map<
    string,
    { requests: bigint; tokens: bigint; amount: bigint; unknown: bigint }
  >();

  add(record: meteringV1.UsageRecord): void {
    const key = `${record.workspaceId} ${record.model}`;
    const row = this.rows.get(key) ?? { requests: 0n, tokens: 0n, amount: 0n, unknown: 0n };
    row.requests++;
    row.tokens += (record.inputTokens ?? 0n) + (record.outputTokens ?? 0n);
    row.amount += record.amountNanoUsd ?? 0n;
    if (record.amountNanoUsd === undefined) row.unknown++;
    this.rows.set(key, row);
  }

  /** Throws where a row says otherwise, is missing, or is too many. */
  assert(rows: readonly meteringV1.UsageRow[]): void {
    const said = rows.map((row) =>
      [
        `${row.workspaceId} ${row.model}`,
        ...[row.requests, row.inputTokens + row.outputTokens, row.amountNanoUsd, row.unknownRequests],
      ].join(' '),
    );
    const expected = [...this.rows].map(([key, { requests, tokens, amount, unknown }]) =>
      [key, requests, tokens, amount, unknown].join(' '),
    );
    const missing = expected.filter((row) => !said.includes(row));
    if (missing.length > 0 || said.length !== expected.length)
      throw new Error(`counters are not the records' sums: ${said.length} rows, without ${missing[0]}`);
  }
}
