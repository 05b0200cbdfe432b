import { processTree, type Product } from '@gatehouse/e2e';
import { microsecondsBetween, processorTimeOf } from './processor-time';

export interface BareCopyFigures {
  readonly perSecond: number;
  /** Microseconds of Postgres a record. */
  readonly postgres: number;
}

/** The records that there are, by one COPY into a table with neither key nor index: less than that is not to be had. */
export const bareCopy = (product: Product, records: number): Promise<BareCopyFigures> =>
  product.database(async (client) => {
    const { rows } = await client.query<{ file: string }>(
      `SELECT quote_literal(current_setting('data_directory') || '/bench-usage.copy') AS file`,
    );
    const file = rows[0]?.file ?? '';
    await client.query(`COPY (SELECT * FROM metering.usage_record) TO ${file}`);
    await client.query('CREATE TABLE metering.bench_copy (LIKE metering.usage_record)');
    const processorTime = (): ReturnType<typeof processorTimeOf> =>
      processorTimeOf(processTree(product.postgresPid).map(({ pid }) => pid));
    const [begun, before] = [performance.now(), processorTime()];
    await client.query(`COPY metering.bench_copy FROM ${file}`);
    const [took, after] = [performance.now() - begun, processorTime()];
    await client.query(`DROP TABLE metering.bench_copy; COPY (SELECT) TO ${file}`);
    return { perSecond: (records * 1_000) / took, postgres: microsecondsBetween(before, after) / records };
  });
