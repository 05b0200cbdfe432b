import { PostgresEventStore } from '@gatehouse/event-store-postgres';
import Table from 'cli-table3';
import { Command, InvalidArgumentError } from 'commander';
import { startBenchServer } from './bench-server';
import { Pgbench } from './pgbench';
import { appendRate, catchUpRate, EVENTS_PER_READ, fillForReads, readStreamRate } from './store-bench';
import { APPEND_CASES } from './workload';

/** What else runs beside the measurement. The relay joins here, once per way of running it. */
export interface Companion {
  readonly name: string;
  /** Starts it on the log; answers how to stop it. */
  start(url: string): Promise<() => Promise<void>>;
}

const ALONE: Companion = { name: '', start: async () => async () => undefined };
const COMPANIONS: readonly Companion[] = [ALONE];

export interface BenchRow {
  readonly what: string;
  readonly clients: number;
  readonly eventsPerOperation: number;
  readonly eventsPerSecond: number;
  /** The same SQL by pgbench, in events per second too; absent where there is nothing to compare with. */
  readonly pgbenchEventsPerSecond?: number;
  readonly ratio?: number;
}

/** Short turns, ours and theirs one after the other, so that a slow moment of the machine hits both. */
const inTurns = async (
  rounds: number,
  ours: () => Promise<number>,
  theirs: () => Promise<number>,
): Promise<{ readonly ours: number; readonly theirs: number }> => {
  const rates = { ours: [] as number[], theirs: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    rates.theirs.push(await theirs());
    rates.ours.push(await ours());
  }
  return { ours: median(rates.ours), theirs: median(rates.theirs) };
};

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const compared = (
  what: string,
  clients: number,
  eventsPerOperation: number,
  { ours, theirs }: { readonly ours: number; readonly theirs: number },
): BenchRow => ({
  what,
  clients,
  eventsPerOperation,
  eventsPerSecond: Math.round(ours * eventsPerOperation),
  pgbenchEventsPerSecond: Math.round(theirs * eventsPerOperation),
  ratio: Math.round((ours / theirs) * 100) / 100,
});

interface BenchOptions {
  readonly seconds: number;
  readonly rounds: number;
}

const measure = async (
  url: string,
  directory: string,
  { seconds, rounds }: BenchOptions,
): Promise<BenchRow[]> => {
  const store = PostgresEventStore.connect(url, { connectionsMax: 16 });
  const pgbench = new Pgbench(url, directory);
  const rows: BenchRow[] = [];
  try {
    for (const companion of COMPANIONS) {
      const stop = await companion.start(url);
      for (const { writers, eventsPerAppend } of APPEND_CASES) {
        // Connections and plans are made before the clock runs; pgbench leaves them out of its rate too.
        await appendRate(store, writers, eventsPerAppend, 0.5);
        const rates = await inTurns(
          rounds,
          () => appendRate(store, writers, eventsPerAppend, seconds),
          () => pgbench.append(writers, eventsPerAppend, seconds),
        );
        rows.push(compared(`append${companion.name}`, writers, eventsPerAppend, rates));
      }
      await stop();
    }
    await fillForReads(store);
    for (const readers of [1, 16]) {
      const rates = await inTurns(
        rounds,
        () => readStreamRate(store, readers, seconds),
        () => pgbench.readStream(readers, seconds),
      );
      rows.push(compared('read a stream', readers, EVENTS_PER_READ, rates));
    }
    const eventsPerSecond = Math.round(await catchUpRate(store, seconds * rounds));
    rows.push({ what: 'catch up', clients: 1, eventsPerOperation: 500, eventsPerSecond });
    return rows;
  } finally {
    await store.close();
  }
};

const tableOf = (rows: readonly BenchRow[]): string => {
  const table = new Table({
    head: ['', 'at once', 'events each', 'events/s', 'pgbench events/s', 'ratio'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  for (const row of rows) {
    table.push([
      row.what,
      row.clients,
      row.eventsPerOperation,
      row.eventsPerSecond.toLocaleString('en'),
      row.pgbenchEventsPerSecond?.toLocaleString('en') ?? '',
      row.ratio?.toFixed(2) ?? '',
    ]);
  }
  return table.toString();
};

const whole = (text: string): number => {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('Not a whole number from 1 to 9999.');
  return Number(text);
};

const main = async (): Promise<void> => {
  const { json, seconds, rounds } = new Command('bench:store')
    .description('Appends and reads per second of the Postgres event store, beside pgbench with the same SQL')
    .option('--json', 'print JSON instead of a table')
    .option('--seconds <seconds>', 'length of one turn', whole, 2)
    .option('--rounds <rounds>', 'turns per row; the median counts', whole, 5)
    .parse()
    .opts<BenchOptions & { readonly json?: boolean }>();
  if (!(await Pgbench.isInstalled())) {
    process.stderr.write(
      'bench:store needs pgbench on the PATH (Debian: postgresql-contrib or postgresql-15)\n',
    );
    process.exitCode = 1;
    return;
  }
  const server = await startBenchServer();
  try {
    const rows = await measure(server.url, server.directory, { seconds, rounds });
    process.stdout.write(
      `${json ? JSON.stringify({ seconds, rounds, rows }, undefined, 2) : tableOf(rows)}\n`,
    );
  } finally {
    await server.stop();
  }
};

main().catch((error: Error) => {
  process.stderr.write(`bench:store: ${error.message}\n`);
  process.exitCode = 1;
});
