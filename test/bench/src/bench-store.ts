import { PostgresEventStore } from '@gatehouse/event-store-postgres';
import Table from 'cli-table3';
import { Command } from 'commander';
import { type BenchServer, startBenchServer } from './bench-server';
import { Pgbench } from './pgbench';
import { RelayCompanion } from './relay-companion';
import { appendRate, catchUpRate, EVENTS_PER_READ, fillForReads, readStreamRate } from './store-bench';
import { type BenchRow, compared, inTurns, turnBeside } from './turns';
import { whole } from './whole-number';
import { APPEND_CASES } from './workload';

const CONNECTIONS = 16;

interface BenchOptions {
  readonly seconds: number;
  readonly rounds: number;
}

/** Reads of a log that lies still, and appends with nothing beside them. */
const measureAlone = async (
  { url, directory }: BenchServer,
  { seconds, rounds }: BenchOptions,
): Promise<BenchRow[]> => {
  const store = PostgresEventStore.connect(url, { connectionsMax: CONNECTIONS });
  const pgbench = new Pgbench(url, directory);
  try {
    const rows = await measureAppends('append', store, pgbench, { seconds, rounds });
    await fillForReads(store);
    for (const readers of [1, 16]) {
      const turns = await inTurns(
        rounds,
        async () => ({ rate: await readStreamRate(store, readers, seconds) }),
        async () => ({ rate: await pgbench.readStream(readers, seconds) }),
      );
      rows.push(compared('read a stream', readers, EVENTS_PER_READ, turns));
    }
    const eventsPerSecond = Math.round(await catchUpRate(store, seconds * rounds));
    rows.push({ what: 'catch up', clients: 1, eventsPerOperation: 500, eventsPerSecond });
    return rows;
  } finally {
    await store.close();
  }
};

const measureBesideRelay = async (
  { url, directory }: BenchServer,
  options: BenchOptions,
): Promise<BenchRow[]> => {
  const store = PostgresEventStore.connect(url, { connectionsMax: CONNECTIONS });
  const relay = RelayCompanion.start(url);
  try {
    const rows = await measureAppends(
      'append, relay running',
      store,
      new Pgbench(url, directory),
      options,
      relay,
    );
    await relay.caughtUp();
    return rows;
  } finally {
    await relay.stop();
    await store.close();
  }
};

const measureAppends = async (
  what: string,
  store: PostgresEventStore,
  pgbench: Pgbench,
  { seconds, rounds }: BenchOptions,
  relay?: RelayCompanion,
): Promise<BenchRow[]> => {
  const rows: BenchRow[] = [];
  for (const { writers, eventsPerAppend } of APPEND_CASES) {
    // Connections and plans are made before the clock runs; pgbench leaves them out of its rate too.
    await appendRate(store, writers, eventsPerAppend, 0.5);
    const turns = await inTurns(
      rounds,
      () => turnBeside(relay, () => appendRate(store, writers, eventsPerAppend, seconds)),
      () => turnBeside(relay, () => pgbench.append(writers, eventsPerAppend, seconds)),
    );
    rows.push(compared(what, writers, eventsPerAppend, turns));
  }
  return rows;
};

const tableOf = (rows: readonly BenchRow[]): string => {
  const table = new Table({
    head: ['', 'at once', 'events each', 'events/s', 'relayed/s', 'pgbench events/s', 'relayed/s', 'ratio'],
    colAligns: ['left', ...Array<'right'>(7).fill('right')],
    style: { head: [], border: [] },
  });
  for (const row of rows) {
    table.push([
      row.what,
      row.clients,
      row.eventsPerOperation,
      row.eventsPerSecond.toLocaleString('en'),
      row.relayedPerSecond?.toLocaleString('en') ?? '',
      row.pgbenchEventsPerSecond?.toLocaleString('en') ?? '',
      row.pgbenchRelayedPerSecond?.toLocaleString('en') ?? '',
      row.ratio?.toFixed(2) ?? '',
    ]);
  }
  return table.toString();
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
  const rows: BenchRow[] = [];
  for (const measure of [measureAlone, measureBesideRelay]) {
    // A server for each, so that both begin with an empty log and the relay with nothing to catch up.
    const server = await startBenchServer();
    try {
      rows.push(...(await measure(server, { seconds, rounds })));
    } finally {
      await server.stop();
    }
  }
  process.stdout.write(`${json ? JSON.stringify({ seconds, rounds, rows }, undefined, 2) : tableOf(rows)}\n`);
};

main().catch((error: Error) => {
  process.stderr.write(`bench:store: ${error.message}\n`);
  process.exitCode = 1;
});
