import { AggregatorRegistry, Registry } from 'prom-client';
import type { Scraped } from '../metrics/metrics-server';
import type { Metrics } from './worker-messages';

/** How long workers are waited for; of one that does not answer what it said last counts. */
const PATIENCE_MS = 1_000;

interface Known {
  readonly ask: () => void;
  metrics: Metrics;
  answered: (() => void) | undefined;
}

/** The metrics of all workers as one: numbers are added up, and what those counted that are gone stays counted. */
export class FleetMetrics implements Scraped {
  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE;
  private readonly workers = new Map<number, Known>();
  private past: Promise<Metrics> = Promise.resolve([]);

  /** @param ask has the worker tell its metrics. */
  add(worker: number, ask: () => void): void {
    this.workers.set(worker, { ask, metrics: [], answered: undefined });
  }

  heard(worker: number, metrics: Metrics): void {
    const known = this.workers.get(worker);
    if (!known) return;
    known.metrics = metrics;
    known.answered?.();
  }

  gone(worker: number): void {
    const counted = (this.workers.get(worker)?.metrics ?? []).filter(isCounted);
    this.workers.delete(worker);
    if (counted.length > 0) this.past = this.past.then((past) => asJson([past, counted]));
  }

  async metrics(): Promise<string> {
    await Promise.all([...this.workers.values()].map(answerOf));
    const all = [await this.past, ...[...this.workers.values()].map(({ metrics }) => metrics)];
    return AggregatorRegistry.aggregate(all).metrics();
  }
}

const answerOf = (worker: Known): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, PATIENCE_MS);
    worker.answered = () => {
      clearTimeout(timer);
      resolve();
    };
    worker.ask();
  });

const isCounted = ({ type }: Metrics[number]): boolean => ['counter', 'histogram'].includes(String(type));

const asJson = async (all: readonly Metrics[]): Promise<Metrics> =>
  (await AggregatorRegistry.aggregate([...all]).getMetricsAsJSON()) as Metrics;
