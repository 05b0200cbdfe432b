import { attemptOf } from '@gatehouse/e2e';
import { meteringV1 } from '@gatehouse/proto-gen';
import type { Arena } from './arena';
import type {
  BilledAttempt,
  BookDifference,
  Books,
  LimitBook,
  QuarantineBook,
  RecordedAttempt,
} from './books';
import { type ChaosTeam, ownerOf, type ScopeWords } from './team';

const LOOK_MS = 1_000;
/** What is not at rest by then never is. */
const REST_WITHIN_MS = 180_000;
/** A gateway's last records may wait for a bus that was away. */
const RECORDS_WITHIN_MS = 90_000;
const RECONCILE_MS = 120_000;

/** All books once nothing is under way; what did not come to rest within minutes is in them too. */
export const readBooks = async (
  arena: Arena,
  teams: readonly ChaosTeam[],
  answered: ReadonlySet<string>,
): Promise<Books> => {
  const limitsNow = (): Promise<LimitBook[]> => readLimits(arena, teams);
  const restless = await untilNothing(arena, REST_WITHIN_MS, async () => [
    ...(await unrestOf(arena)),
    ...(await limitsNow()).filter(({ held, quarantined }) => held !== quarantined).map(heldOf),
  ]);
  const billed = await readBilled(arena);
  const late = await untilNothing(arena, RECORDS_WITHIN_MS, async () => {
    const known = new Set((await readRecorded(arena, teams)).map(({ id }) => id));
    return billed.map(({ id }) => id).filter((id) => !known.has(id) && !arena.losses.attempts.has(id));
  });
  const { differences, quarantines } = await reconcile(arena);
  return {
    limits: await limitsNow(),
    billed,
    recorded: await readRecorded(arena, teams),
    answered,
    quarantines,
    losses: arena.losses,
    forgotten: arena.forgotten,
    differences,
    restless: [...restless, ...(late.length > 0 ? [`${late.length} attempts have no record yet`] : [])],
  };
};

/** What a look still finds after so long; a look that fails has found that. */
const untilNothing = async (
  { time }: Arena,
  withinMs: number,
  look: () => Promise<readonly string[]>,
): Promise<readonly string[]> => {
  for (const start = time.now(); ; await time.sleep(LOOK_MS)) {
    const found = await look().catch((error: Error) => [error.message]);
    if (found.length === 0 || time.now() - start > withinMs) return found;
  }
};

const unrestOf = async ({ gateways }: Arena): Promise<readonly string[]> => {
  const found = await Promise.all(
    gateways.map((gateway) =>
      gateway.unrest().catch((error: Error) => `gateway ${gateway.place.number}: ${error.message}`),
    ),
  );
  return found.filter((fault) => fault !== undefined);
};

const heldOf = ({ of, unit, held, quarantined }: LimitBook): string =>
  `${of} (${unit}): ${held - quarantined} are held by living journals`;

const readLimits = async ({ product }: Arena, teams: readonly ChaosTeam[]): Promise<LimitBook[]> => {
  const control = product.control();
  const scopes = new Map<string, ScopeWords & { readonly teams: string[] }>();
  const all = [product.first.organization, { of: 'organization', strict: false }] as const;
  for (const team of teams) {
    for (const [id, words] of [...team.scopes, all]) {
      const scope = scopes.get(id) ?? { ...words, teams: [] };
      scope.teams.push(team.name);
      scopes.set(id, scope);
    }
  }
  const limits: LimitBook[] = [];
  for (const [id, scope] of scopes)
    for (const state of await control.limitStates(id)) limits.push(limitOf(state, scope));
  return limits;
};

const limitOf = (
  { limitId, unit, limit, spent, held, quarantined, doubt }: meteringV1.LimitState,
  scope: Pick<LimitBook, 'of' | 'strict' | 'teams'>,
): LimitBook => ({
  ...scope,
  id: limitId,
  unit: unit === meteringV1.LimitUnit.NANO_USD ? 'nanoUsd' : 'tokens',
  amount: limit,
  spent,
  held,
  quarantined,
  doubt,
});

const readBilled = async ({ simulator }: Arena): Promise<BilledAttempt[]> =>
  (await simulator.rows()).map(({ id, model, billedNanoUsd, promptTokens, completionTokens, completed }) => ({
    id,
    team: ownerOf(model)?.team ?? model,
    nanoUsd: billedNanoUsd,
    tokens: BigInt(promptTokens + completionTokens),
    completed,
  }));

const readRecorded = async ({ product }: Arena, teams: readonly ChaosTeam[]): Promise<RecordedAttempt[]> => {
  const names = new Map(teams.map(({ workspaceId, name }) => [workspaceId, name]));
  const records = await product.control().records();
  return records.flatMap((record) => {
    const team = names.get(record.workspaceId);
    return team === undefined ? [] : [recordedOf(record, team)];
  });
};

const recordedOf = (record: meteringV1.UsageRecord, team: string): RecordedAttempt => {
  const { inputTokens, outputTokens, outcome } = record;
  return {
    id: attemptOf(record),
    team,
    outcome:
      outcome === meteringV1.UsageOutcome.COMPLETED
        ? 'completed'
        : outcome === meteringV1.UsageOutcome.UNKNOWN
          ? 'unknown'
          : 'cut',
    nanoUsd: record.amountNanoUsd,
    doubtNanoUsd: record.doubtNanoUsd,
    tokens: inputTokens === undefined ? undefined : inputTokens + (outputTokens ?? 0n),
    estimated: record.estimated,
    leases: record.leases.map((number) => `${record.journalId}.${number}`),
  };
};

/** What `reconcile` finds, and whether its exceptions are in the history. */
const reconcile = async (
  arena: Arena,
): Promise<{ readonly differences: readonly BookDifference[]; readonly quarantines: QuarantineBook[] }> => {
  const { product } = arena;
  const found = await product.operator.books.reconcile(
    { fromDay: dayBefore(1), toDay: dayBefore(0), lagSeconds: 0 },
    { deadlineMs: RECONCILE_MS },
  );
  const { differences } = found;
  const quarantined = found.exceptions.filter(
    ({ kind }) => kind === meteringV1.BookExceptionKind.QUARANTINED,
  );
  const told = await toldOf(arena, new Set(quarantined.map(({ eventId }) => eventId)));
  const quarantines = quarantined.map(({ limitId, subject, amount, eventId }) => ({
    limitId,
    journalId: subject.slice(0, subject.lastIndexOf('.')),
    amount,
    told: told.has(eventId),
  }));
  return { differences, quarantines };
};

const DAY_MS = 86_400_000;

/** A run may have begun before midnight. */
const dayBefore = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);

const EVENTS_WITHIN_MS = 60_000;

/** Those events that are in the history, which comes behind the log. */
const toldOf = async (arena: Arena, wanted: ReadonlySet<string>): Promise<ReadonlySet<string>> => {
  let told: ReadonlySet<string> = new Set();
  await untilNothing(arena, EVENTS_WITHIN_MS, async () => {
    told = new Set((await arena.product.control().history()).map(({ id }) => id));
    return [...wanted].filter((id) => !told.has(id));
  });
  return told;
};
