import { setTimeout as sleep } from 'node:timers/promises';
import { newTeam, Product, type Team, usdBudget } from '@gatehouse/e2e';
import Table from 'cli-table3';
import { Command } from 'commander';
import { BenchChild } from './bench-child';
import { type TableSize, tableSizes } from './database-size';
import { treeOf } from './gateway-ways';
import { CHAT_PATH, chatCall, cheapUpstream, governedTeam } from './governed-team';
import type { LoadFigures, LoadOrder } from './load-callers';
import { untilCalm } from './processor-time';
import { telling } from './telling';
import { whole } from './whole-number';

interface BenchOptions {
  readonly requests: number;
  readonly refusals: number;
}

/** When tables were looked at, and all of them then. */
interface Look {
  readonly when: string;
  readonly tables: readonly TableSize[];
}

const TURN_MS = 5_000;
const CONNECTIONS = 32;
/** The share of a processor that the product takes when records are kept: more than when nobody calls. */
const CALM = 0.3;
/** Turns in which nothing of what is counted came. */
const IDLE_TURNS_MAX = 3;
const SWEPT_WITHIN_MS = 1_800_000;

/** Calls until so many were answered, or refused. */
const callUntil = async (
  what: string,
  count: number,
  product: Product,
  team: Team,
  counted: (figures: LoadFigures) => number,
): Promise<void> => {
  const callers = new BenchChild<LoadOrder>('load-callers');
  const order: LoadOrder = {
    port: Number(new URL(product.gatewayUrl).port),
    ...{ path: CHAT_PATH, connections: CONNECTIONS, ms: TURN_MS },
    asked: [chatCall(team.key, { model: team.model(), promptBytes: 1_024, stream: false })],
  };
  let done = 0;
  try {
    await telling(
      what,
      count,
      () => done,
      async () => {
        for (let idle = 0; done < count;) {
          const figures = await callers.ask<LoadFigures>(order);
          const more = counted(figures);
          idle = more === 0 ? idle + 1 : 0;
          if (idle === IDLE_TURNS_MAX) throw new Error(`no more ${what} (${figures.firstFailure})`);
          done += more;
        }
      },
    );
  } finally {
    await callers.stop();
  }
  await untilCalm(() => treeOf(product.pid), CALM);
};

/** What is kept for hours or days, as if it were older by that; and what of it a sweep is to take then. */
interface Aging {
  readonly what: string;
  readonly age: string;
  readonly old: string;
}

/** Windows last: their leases go before them. */
const AGINGS: readonly Aging[] = [
  {
    what: 'asks',
    age: `UPDATE metering.slice_ask SET asked_at = asked_at - interval '2 hours'`,
    old: `metering.slice_ask WHERE asked_at < now() - interval '1 hour'`,
  },
  {
    what: 'closed leases',
    age: `UPDATE metering.held_lease SET closed_at = closed_at - interval '8 days' WHERE status = 'closed'`,
    old: `metering.held_lease l JOIN metering.journal j USING (journal_id)
      WHERE l.status = 'closed' AND l.closed_at < now() - interval '7 days' AND l.number < j.acknowledged_below`,
  },
  {
    what: 'windows',
    age: `UPDATE metering.ledger r
      SET period_start = period_start - interval '2 hours', period_end = period_end - interval '2 hours'
      WHERE NOT budget AND open_leases = 0 AND period_end < now()
        AND NOT EXISTS (SELECT FROM metering.held_lease l WHERE l.limit_id = r.limit_id AND l.period_start = r.period_start)`,
    old: `metering.ledger WHERE NOT budget AND open_leases = 0 AND period_end < now() - interval '1 hour'`,
  },
];

/** Lets the time pass that rows are kept for, and waits until metering has swept them. */
const letAge = async (product: Product): Promise<void> => {
  for (const { what, age, old } of AGINGS) {
    const count = (): Promise<number> =>
      product.database(async (client) => {
        const { rows } = await client.query<{ rows: number }>(`SELECT count(*)::float8 AS rows FROM ${old}`);
        return rows[0]?.rows ?? 0;
      });
    await product.database((client) => client.query(age));
    const begun = performance.now();
    const first = await count();
    let left = first;
    await telling(
      `${what} swept`,
      first,
      () => first - left,
      async () => {
        for (; left > 0; left = await count()) {
          if (performance.now() - begun > SWEPT_WITHIN_MS) throw new Error(`${left} ${what} are not swept`);
          await sleep(1_000);
        }
      },
    );
  }
  await product.database((client) => client.query('VACUUM'));
};

/** A team whose budget has room for a few calls and then for none. */
const spentTeam = (product: Product, port: number): Promise<Team> =>
  newTeam(product, {
    ...{ models: ['bench'], ...cheapUpstream(port) },
    limits: [usdBudget(1_000_000n)],
  });

const measure = async (product: Product, port: number, { requests, refusals }: BenchOptions) => {
  const looks: Look[] = [];
  const look = async (when: string): Promise<void> => {
    looks.push({ when, tables: await tableSizes(product) });
  };
  const governed = await governedTeam(product, cheapUpstream(port));
  const spent = await spentTeam(product, port);
  await look('before');
  await callUntil('requests', requests, product, governed, ({ answered }) => answered);
  await look(`${requests.toLocaleString('en')} requests`);
  await callUntil('refusals', refusals, product, spent, ({ failed }) => failed);
  await look(`and ${refusals.toLocaleString('en')} refusals`);
  await letAge(product);
  await look('a week later');
  return looks;
};

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
/** Tables that never have more are told together. */
const SMALL_BYTES = 200_000;

const tableOf = (looks: readonly Look[]): string => {
  const table = new Table({
    head: ['', ...looks.flatMap(({ when }) => [`rows ${when}`, 'MB'])],
    colAligns: ['left', ...Array<'right'>(2 * looks.length).fill('right')],
    style: { head: [], border: [] },
  });
  const names = [...new Set(looks.flatMap(({ tables }) => tables.map((each) => each.table)))];
  const of = ({ tables }: Look, some: readonly string[]): readonly string[] => {
    const found = tables.filter((each) => some.includes(each.table));
    const sum = (figure: 'rows' | 'bytes'): number => found.reduce((all, each) => all + each[figure], 0);
    return [sum('rows').toLocaleString('en'), megabytes(sum('bytes'))];
  };
  const isLarge = (name: string): boolean =>
    looks.some(({ tables }) => tables.some((each) => each.table === name && each.bytes >= SMALL_BYTES));
  for (const name of names.filter(isLarge)) table.push([name, ...looks.flatMap((each) => of(each, [name]))]);
  const small = names.filter((name) => !isLarge(name));
  table.push([`${small.length} others`, ...looks.flatMap((each) => of(each, small))]);
  table.push(['all', ...looks.flatMap((each) => of(each, names))]);
  return table.toString();
};

const main = async (): Promise<void> => {
  const { json, ...options } = new Command('bench:sizes')
    .description('What requests and refusals leave in the database, and what of it stays')
    .option('--json', 'print JSON instead of a table')
    .option('--requests <requests>', 'how many are answered', whole, 1_000_000)
    .option('--refusals <refusals>', 'how many are refused', whole, 1_000_000)
    .parse()
    .opts<BenchOptions & { readonly json?: boolean }>();
  const provider = new BenchChild<never>('cheap-provider');
  const { port } = await provider.ask<{ readonly port: number }>('get ready');
  const product = await Product.start();
  try {
    const looks = await measure(product, port, options);
    process.stdout.write(`${json ? JSON.stringify({ ...options, looks }, undefined, 2) : tableOf(looks)}\n`);
  } finally {
    await product.stop();
    await provider.stop();
  }
};

main().catch((error: Error) => {
  process.stderr.write(`bench:sizes: ${error.message}\n`);
  process.exitCode = 1;
});
