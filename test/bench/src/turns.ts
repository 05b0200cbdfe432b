import type { RelayCompanion } from './relay-companion';

export interface BenchRow {
  readonly what: string;
  readonly clients: number;
  readonly eventsPerOperation: number;
  readonly eventsPerSecond: number;
  /** What the relay published meanwhile; absent where none ran. */
  readonly relayedPerSecond?: number;
  /** The same SQL by pgbench, in events per second too; absent where there is nothing to compare with. */
  readonly pgbenchEventsPerSecond?: number;
  readonly pgbenchRelayedPerSecond?: number;
  readonly ratio?: number;
}

/** What one turn showed: operations per second, and events that the relay published per second. */
export interface Turn {
  readonly rate: number;
  readonly relayed?: number;
}

export interface Turns {
  readonly ours: readonly Turn[];
  readonly theirs: readonly Turn[];
}

/** Short turns, ours and theirs one after the other, so that a slow moment of the machine hits both. */
export const inTurns = async (
  rounds: number,
  ours: () => Promise<Turn>,
  theirs: () => Promise<Turn>,
): Promise<Turns> => {
  const turns = { ours: [] as Turn[], theirs: [] as Turn[] };
  for (let round = 0; round < rounds; round++) {
    turns.theirs.push(await theirs());
    turns.ours.push(await ours());
  }
  return turns;
};

/** A turn that begins when the relay has caught up, so that nobody pays for what the other left it to do. */
export const turnBeside = async (
  relay: RelayCompanion | undefined,
  rate: () => Promise<number>,
): Promise<Turn> => {
  if (relay === undefined) return { rate: await rate() };
  const before = await relay.caughtUp();
  const start = performance.now();
  const turn = await rate();
  const after = await relay.published();
  return { rate: turn, relayed: ((after - before) * 1_000) / (performance.now() - start) };
};

/** Medians; the ratio's is over the rounds, since the two turns of one round had the same machine. */
export const compared = (
  what: string,
  clients: number,
  eventsPerOperation: number,
  { ours, theirs }: Turns,
): BenchRow => ({
  what,
  clients,
  eventsPerOperation,
  eventsPerSecond: eventsPerSecond(ours, eventsPerOperation),
  ...relayed('relayedPerSecond', ours),
  pgbenchEventsPerSecond: eventsPerSecond(theirs, eventsPerOperation),
  ...relayed('pgbenchRelayedPerSecond', theirs),
  ratio: Math.round(median(ours.map(({ rate }, round) => rate / (theirs[round]?.rate ?? 0))) * 100) / 100,
});

const eventsPerSecond = (turns: readonly Turn[], eventsPerOperation: number): number =>
  Math.round(median(turns.map(({ rate }) => rate)) * eventsPerOperation);

const relayed = <Name extends string>(
  name: Name,
  turns: readonly Turn[],
): { readonly [N in Name]?: number } => {
  const rates = turns.flatMap((turn) => turn.relayed ?? []);
  return rates.length === 0 ? {} : ({ [name]: Math.round(median(rates)) } as { [N in Name]: number });
};

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
