import type { Clock } from '@gatehouse/kernel';
import {
  Counter,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValueWithName,
  Registry,
} from 'prom-client';
import { inSnakeCase, type Times, type Traffic } from '../../app/traffic';
import type { LedgerStanding, LedgerState } from '../ledger/grpc-ledger';

/** What is read when somebody asks. */
export interface Measured {
  readonly traffic: Traffic;
  readonly ledger: { readonly standing: LedgerStanding };
  readonly journal: { readonly oldestUntold: Date | undefined };
  /** Requests whose answer has not ended. */
  readonly exchanges: { readonly inFlight: number };
  readonly clock: Clock;
}

const PREFIX = 'gatehouse_gateway_';
const LEDGER_STATES: readonly LedgerState[] = ['starting', 'open', 'fenced', 'stopped'];

/** All that is measured, in Prometheus's words; nothing of it is computed before it is asked for. */
export const metricsOf = ({ traffic, ledger, journal, exchanges, clock }: Measured): Registry => {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string, value: () => number): void => {
    new Gauge({
      name: PREFIX + name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  };
  requestsIn(registry, traffic);
  tokensIn(registry, traffic);
  new CountedTimes(
    {
      name: `${PREFIX}added_seconds`,
      help: 'From the body of a request being there until it goes to its provider, waiting for room included',
      registers,
    },
    traffic.added,
  );
  gauge('requests_in_flight', 'Requests whose answer has not ended', () => exchanges.inFlight);
  gauge('holds', 'Requests that hold room of their limits', () => ledger.standing.holds);
  gauge('waiting', 'Requests that wait for room of their limits', () => ledger.standing.waiting);
  leasesIn(registry, ledger);
  lagIn(registry, journal, clock);
  return registry;
};

const lagIn = (registry: Registry, journal: Measured['journal'], clock: Clock): void => {
  new Gauge({
    name: `${PREFIX}journal_lag_seconds`,
    help: 'Age of the oldest settled attempt that the bus was not told of; 0 where it was told of all',
    registers: [registry],
    aggregator: 'max',
    collect() {
      const { oldestUntold } = journal;
      this.set(oldestUntold ? Math.max(0, clock.now().getTime() - oldestUntold.getTime()) / 1_000 : 0);
    },
  });
};

const requestsIn = (registry: Registry, traffic: Traffic): void => {
  new Counter({
    name: `${PREFIX}requests_total`,
    help: 'Requests that are over',
    labelNames: ['surface', 'outcome', 'status'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { asked, end, status, count } of traffic.requestCounts())
        this.inc({ surface: asked, outcome: inSnakeCase(end), status: statusText(status) }, count);
    },
  });
};

const tokensIn = (registry: Registry, traffic: Traffic): void => {
  new Counter({
    name: `${PREFIX}tokens_total`,
    help: 'Tokens of settled attempts, each counted under one kind; estimated where the provider did not tell them',
    labelNames: ['kind', 'estimated'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { kind, estimated, count } of traffic.tokenCounts())
        this.inc({ kind: inSnakeCase(kind), estimated: String(estimated) }, count);
    },
  });
};

const leasesIn = (registry: Registry, ledger: Measured['ledger']): void => {
  const registers = [registry];
  new Gauge({
    name: `${PREFIX}leases`,
    help: 'Leases that admit requests, and those that only wait for the ledger to have their final',
    labelNames: ['state'],
    registers,
    collect() {
      const { admitting, ending } = ledger.standing.leases;
      this.set({ state: 'admitting' }, admitting);
      this.set({ state: 'ending' }, ending);
    },
  });
  new Gauge({
    name: `${PREFIX}ledger_state`,
    help: '1 for the state in which the journal is at the ledger: only an open one is granted leases',
    labelNames: ['state'],
    registers,
    collect() {
      const { state } = ledger.standing;
      for (const each of LEDGER_STATES) this.set({ state: each }, each === state ? 1 : 0);
    },
  });
};

type TimesObject = MetricObjectWithValues<MetricValueWithName<string>>;

/** A histogram that was counted elsewhere: one of the library's costs a request more than all other numbers together. */
class CountedTimes extends Histogram {
  constructor(
    private readonly named: { readonly name: string; readonly help: string; readonly registers: Registry[] },
    private readonly times: Times,
  ) {
    super(named);
  }

  override get(): Promise<TimesObject> {
    const { name, help } = this.named;
    const buckets = this.times.upTo();
    const value = (suffix: string, number: number, labels = {}) => ({
      metricName: `${name}_${suffix}`,
      value: number,
      labels,
    });
    const values = [
      ...buckets.map(({ ms, count }) =>
        value('bucket', count, { le: ms === Infinity ? '+Inf' : ms / 1_000 }),
      ),
      value('sum', this.times.sumMs / 1_000),
      value('count', buckets.at(-1)?.count ?? 0),
    ];
    return Promise.resolve({ name, help, type: 'histogram', aggregator: 'sum', values } as never);
  }

  /** What the registry asks instead, where it makes text. */
  getForPromString(): Promise<TimesObject> {
    return this.get();
  }
}

const statusText = (status: number): string =>
  status === 0 ? 'none' : status < 600 ? String(status) : 'other';
