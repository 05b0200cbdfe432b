import type { Clock } from '@gatehouse/kernel';
import type { Random } from '@gatehouse/platform';
import { type RequestTrace, type TracedCall, type TracedKey, Traces } from '../../app/traces.ports';
import { traceParentIn } from '../http/trace-parent';
import { RequestSpans } from './request-spans';
import type { SpanSink } from './span';

/**
 * Who sends a valid `traceparent` has decided already, by its flag; of all other requests a share is sampled. One that is not costs an
 * addition.
 */
export class SampledTraces extends Traces {
  /** A request is sampled whenever it comes to one. */
  private due = 0;

  /** @param share of requests whose clients say nothing, from 0 to 1. */
  constructor(
    private readonly sink: SpanSink,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly share: number,
  ) {
    super();
  }

  begin(
    traceparent: string | undefined,
    requestId: string,
    { surface, route }: TracedCall,
    key: TracedKey,
  ): RequestTrace | undefined {
    const parent = traceParentIn(traceparent);
    if (!(parent?.sampled ?? this.isDue())) return undefined;
    const { sink, clock, random } = this;
    return new RequestSpans({ sink, clock, random, parent, requestId, surface: surface.name, route, key });
  }

  close(): Promise<void> {
    return this.sink.close();
  }

  private isDue(): boolean {
    this.due += this.share;
    if (this.due < 1) return false;
    this.due -= 1;
    return true;
  }
}

/** Where spans are told to nobody. */
export class NoTraces extends Traces {
  begin(): undefined {
    return undefined;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
