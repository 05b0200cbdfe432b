import { Product } from '@gatehouse/e2e';
import { organizationId } from '@gatehouse/kernel';
import Table from 'cli-table3';
import { Command, Option } from 'commander';
import { bareCopy, type BareCopyFigures } from './bare-copy';
import { type HistoryFigures, spreadOverDays } from './usage-history';
import { ingest, type IngestFigures } from './usage-ingest';
import { UsageLoad } from './usage-load';
import { askAll, type QuestionRow } from './usage-questions';
import { type SizeRow, usageSizes } from './usage-size';
import { whole } from './whole-number';

interface BenchOptions {
  readonly records: number;
  readonly stored: number;
  readonly bus: 'kafka' | 'postgres';
}

interface BenchFigures {
  readonly ingest: IngestFigures;
  readonly bareCopy: BareCopyFigures;
  /** After the ingest, and with all that questions were asked of. */
  readonly sizes: { readonly ingested: readonly SizeRow[]; readonly stored: readonly SizeRow[] };
  readonly history: HistoryFigures | undefined;
  readonly questions: readonly QuestionRow[];
}

const HOUR_MS = 3_600_000;

const measure = async (product: Product, { records, stored }: BenchOptions): Promise<BenchFigures> => {
  // A full hour, so that only counters of days are of the load and of what is before it.
  const since = new Date(Math.floor((Date.now() - records) / HOUR_MS) * HOUR_MS);
  const load = new UsageLoad(organizationId(product.first.organization), records, since.getTime());
  const ingested = await ingest(product, load);
  const copied = await bareCopy(product, records);
  const afterIngest = await usageSizes(product);
  const copies = Math.max(0, Math.ceil(stored / records) - 1);
  const history = copies > 0 ? await spreadOverDays(product, copies, since) : undefined;
  return {
    ingest: ingested,
    bareCopy: copied,
    sizes: { ingested: afterIngest, stored: await usageSizes(product) },
    history,
    questions: await askAll(product, since),
  };
};

const tables = ({ ingest: figures, bareCopy: copied, sizes, history, questions }: BenchFigures): string => {
  const plain = { style: { head: [], border: [] } };
  const ingested = new Table({
    ...plain,
    head: ['', 'records', 'records/s', 'metering µs', 'Postgres µs', 'broker µs'],
    colAligns: ['left', ...Array<'right'>(5).fill('right')],
  });
  const counts = (perSecond: number): string[] =>
    [figures.records, Math.round(perSecond)].map((count) => count.toLocaleString('en'));
  const { metering, postgres, broker } = figures.cpu;
  ingested.push(
    [
      'off the bus',
      ...counts(figures.perSecond),
      ...[metering, postgres, broker].map((cpu) => cpu.toFixed(1)),
    ],
    ['bare COPY', ...counts(copied.perSecond), '', copied.postgres.toFixed(1), ''],
  );
  const parts = new Table({ ...plain, head: ['history', 'seconds'], colAligns: ['left', 'right'] });
  for (const [part, seconds] of Object.entries(history?.took ?? {})) parts.push([part, seconds]);
  const stored = history?.records ?? figures.records;
  const size = new Table({
    ...plain,
    head: ['', 'rows', 'MB', 'of which indexes', 'MB a million records'],
    colAligns: ['left', ...Array<'right'>(4).fill('right')],
  });
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
  for (const [of, rows] of [[figures.records, sizes.ingested] as const, [stored, sizes.stored] as const])
    for (const { what, rows: count, bytes, indexBytes } of rows)
      size.push([
        ...[`${of.toLocaleString('en')}: ${what}`, count.toLocaleString('en'), megabytes(bytes)],
        ...[megabytes(indexBytes), megabytes((bytes * 1e6) / of)],
      ]);
  const asked = new Table({
    ...plain,
    head: [
      `of ${stored.toLocaleString('en')} records`,
      'rows',
      'first ms',
      'p50 ms',
      'max ms',
      'processor ms',
    ],
    colAligns: ['left', ...Array<'right'>(5).fill('right')],
  });
  for (const { what, answered, firstMs, p50Ms, maxMs, processorMs } of questions)
    asked.push([what, answered, firstMs, p50Ms, maxMs, processorMs]);
  return [ingested, ...(history ? [parts] : []), size, asked].map((table) => table.toString()).join('\n');
};

/** Broken off, it ends what it has started, and removes it: a stopped metering would stay, and all records. */
const stopWhenBrokenOff = (product: Product): void => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void product.stop().finally(() => process.exit(1)));
};

const main = async (): Promise<void> => {
  const { json, ...options } = new Command('bench:usage')
    .description(
      'How fast usage is taken off the bus, what it takes in the database, and how soon questions are answered',
    )
    .option('--json', 'print JSON instead of tables')
    .option('--records <records>', 'how many come over the bus', whole, 200_000)
    .option('--stored <records>', 'how many there are when questions are asked', whole, 2_000_000)
    .addOption(new Option('--bus <bus>', 'over which bus').choices(['kafka', 'postgres']).default('kafka'))
    .parse()
    .opts<BenchOptions & { readonly json?: boolean }>();
  const product = await Product.start({ engines: { store: 'postgres', bus: options.bus } });
  stopWhenBrokenOff(product);
  try {
    const figures = await measure(product, options);
    process.stdout.write(
      `${json ? JSON.stringify({ ...options, ...figures }, undefined, 2) : tables(figures)}\n`,
    );
  } finally {
    await product.stop();
  }
};

main().catch((error: Error) => {
  process.stderr.write(`bench:usage: ${error.message}\n`);
  process.exitCode = 1;
});
