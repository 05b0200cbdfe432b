import { setTimeout as sleep } from 'node:timers/promises';
import type { BusProducer } from '@gatehouse/bus';
import { kafkaBrokers, KafkaBusProducer } from '@gatehouse/bus-kafka';
import { PostgresBusProducer } from '@gatehouse/bus-postgres';
import { processTree, type Product } from '@gatehouse/e2e';
import { createPool } from '@gatehouse/postgres';
import { meteringV1 } from '@gatehouse/proto-gen';
import { TOPICS } from '@gatehouse/topology';
import { microsecondsBetween, processorTimeOf, processorTimeWithEnded, untilCalm } from './processor-time';
import { telling } from './telling';
import { ExpectedSums, messageOf, type UsageLoad } from './usage-load';

const LOT = 5_000;
const LOOK_MS = 250;
const STANDSTILL_MS = 120_000;

export interface IngestFigures {
  readonly records: number;
  readonly perSecond: number;
  /** Microseconds of a processor a record. */
  readonly cpu: { readonly metering: number; readonly postgres: number; readonly broker: number };
}

/** A load that waits on the bus, and how fast it is taken from there: metering is stopped while it is published. */
export const ingest = async (product: Product, load: UsageLoad): Promise<IngestFigures> => {
  const metering = product.pidOf('metering');
  if (metering === undefined) throw new Error('metering does not run');
  const pids = {
    metering: () => [metering],
    postgres: () => treeOf(product.postgresPid),
    broker: brokerPids,
  };
  process.kill(metering, 'SIGSTOP');
  const expected = new ExpectedSums();
  try {
    await publish(product, load, expected);
  } finally {
    process.kill(metering, 'SIGCONT');
  }
  const took = await timed(product, load.count, () => ({
    metering: processorTimeOf(pids.metering()),
    postgres: processorTimeWithEnded(pids.postgres()),
    broker: processorTimeOf(pids.broker()),
  }));
  await untilCalm(() => [...pids.metering(), ...pids.postgres()]);
  const request = {
    groupBy: [meteringV1.UsageDimension.WORKSPACE, meteringV1.UsageDimension.MODEL],
  };
  expected.assert(
    (await product.control().usage.getUsage(meteringV1.GetUsageRequest.fromPartial(request))).rows,
  );
  return { records: load.count, ...took };
};

/** None where Postgres is the bus. */
const brokerPids = (): readonly number[] =>
  processTree(process.pid).flatMap(({ pid, command }) => (/^\S*java\s/.test(command) ? [pid] : []));

const treeOf = (pid: number): readonly number[] => processTree(pid).map((entry) => entry.pid);

const publish = async (product: Product, load: UsageLoad, expected: ExpectedSums): Promise<void> => {
  const { broker } = product.engines;
  const pool = createPool(product.databaseUrl('gateway'), { name: 'bench-usage', max: 1 });
  const producer: BusProducer = broker
    ? new KafkaBusProducer({ brokers: kafkaBrokers(broker.url) })
    : new PostgresBusProducer(pool);
  try {
    let published = 0;
    await telling(
      'published',
      load.count,
      () => published,
      async () => {
        for (const { fresh, again } of load.lots(LOT)) {
          await producer.publish(TOPICS.usage, [...again, ...fresh].map(messageOf));
          for (const record of fresh) expected.add(record);
          published += fresh.length;
        }
      },
    );
  } finally {
    await producer.close();
    await pool.end();
  }
};

/** From when the first are there, so that joining the bus again is no part of it. */
const timed = async <Clocks extends Record<string, ReturnType<typeof processorTimeOf>>>(
  product: Product,
  count: number,
  clocks: () => Clocks,
): Promise<{ readonly perSecond: number; readonly cpu: { readonly [Name in keyof Clocks]: number } }> =>
  product.database(async (client) => {
    const counted = async (): Promise<number> => {
      const { rows } = await client.query<{ requests: number }>(
        `SELECT coalesce(sum(requests), 0)::integer AS requests
         FROM (SELECT series_id, requests FROM metering.usage_day UNION ALL SELECT series_id, requests FROM metering.usage_recent) AS counts
         JOIN metering.usage_series USING (series_id) WHERE label_key = ''`,
      );
      return rows[0]?.requests ?? 0;
    };
    let first: { readonly counted: number; readonly at: number; readonly clocks: Clocks } | undefined;
    let moved = { counted: -1, at: performance.now() };
    for (;;) {
      const now = await counted();
      const at = performance.now();
      if (now !== moved.counted) moved = { counted: now, at };
      if (at - moved.at > STANDSTILL_MS) throw new Error(`usage stands at ${now} of ${count}`);
      if (now > 0) first ??= { counted: now, at, clocks: clocks() };
      if (first && now >= count) {
        const records = now - first.counted;
        const after = clocks();
        const { clocks: before } = first;
        const cpu = Object.fromEntries(
          Object.keys(after).map((name) => [
            name,
            microsecondsBetween(before[name] ?? new Map(), after[name] ?? new Map()) / records,
          ]),
        ) as { [Name in keyof Clocks]: number };
        return { perSecond: (records * 1_000) / (at - first.at), cpu };
      }
      await sleep(LOOK_MS);
    }
  });
