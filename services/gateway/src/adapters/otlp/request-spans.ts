import type { Clock } from '@gatehouse/kernel';
import type { Random } from '@gatehouse/platform';
import type { RequestTrace, TracedKey } from '../../app/traces.ports';
import { inSnakeCase, type RequestEnd } from '../../app/traffic';
import type { SurfaceName } from '../../domain/surfaces/surface';
import type { HeardOfProvider, UsageRecord } from '../../domain/usage-record';
import { type TraceParent, traceparentOf } from '../http/trace-parent';
import type { Span, SpanSink } from './span';

/** The semantic conventions for generative AI have these words; a count of tokens has none there. */
const OPERATIONS: Readonly<Record<SurfaceName, string>> = {
  'openai-chat': 'chat',
  'openai-completions': 'text_completion',
  'openai-embeddings': 'embeddings',
  'anthropic-messages': 'chat',
  'anthropic-count-tokens': 'count_tokens',
};

/** What the spans of a request are made with, and what is told of it from its beginning on. */
export interface SampledRequest {
  readonly sink: SpanSink;
  readonly clock: Clock;
  readonly random: Random;
  /** Absent where the trace begins here. */
  readonly parent: TraceParent | undefined;
  readonly requestId: string;
  readonly surface: SurfaceName;
  /** The path that was posted to, with a name in braces where a client's word is. */
  readonly route: string;
  readonly key: TracedKey;
}

/** One call of a provider, in monotonic milliseconds. */
interface Attempted {
  readonly spanId: string;
  sentAt: number | undefined;
  endedAt: number | undefined;
}

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

/**
 * The spans of one request: the request itself, of each attempt its admission, and the call of its provider. Each is told when it is over, by
 * times that were taken on the way. Nothing is in them that a client or a provider wrote, but for the ids of a trace; of what an admin wrote the
 * names of models.
 */
export class RequestSpans implements RequestTrace {
  private readonly traceId: string;
  private readonly spanId: string;
  private readonly begunAt: number;
  /** Since 1970, at the zero of the monotonic clock: the spans of a request are told by one clock. */
  private readonly zero: number;
  private receivedAt: number | undefined;
  /** By number. */
  private readonly attempts: Attempted[] = [];

  constructor(private readonly request: SampledRequest) {
    const { clock, parent } = request;
    this.begunAt = clock.monotonicMs();
    this.zero = clock.now().getTime() - this.begunAt;
    this.traceId = parent?.traceId ?? this.id(TRACE_ID_BYTES);
    this.spanId = this.id(SPAN_ID_BYTES);
  }

  received(at: number): void {
    this.receivedAt = at;
  }

  traceparentOf(attempt: number): string {
    return traceparentOf(this.traceId, this.attempt(attempt).spanId);
  }

  sent(attempt: number): void {
    const sentAt = this.request.clock.monotonicMs();
    this.attempt(attempt).sentAt = sentAt;
    const from = this.attempts[attempt - 1]?.endedAt ?? this.receivedAt ?? this.begunAt;
    this.tell({
      ...{ name: 'admit', kind: 'internal', spanId: this.id(SPAN_ID_BYTES), failed: false },
      ...{ from, to: sentAt, events: [] },
      attributes: { 'gatehouse.attempt': attempt },
    });
  }

  answered(attempt: number): void {
    this.attempt(attempt).endedAt = this.request.clock.monotonicMs();
  }

  settled(record: UsageRecord): void {
    const { spanId, sentAt = this.begunAt, endedAt = sentAt } = this.attempt(record.attempt);
    const operation = OPERATIONS[this.request.surface];
    this.tell({
      ...{ name: `${operation} ${record.model}`, kind: 'client', spanId },
      failed: record.outcome === 'providerFailed',
      ...{ from: sentAt, to: endedAt },
      attributes: { 'gen_ai.operation.name': operation, ...attributesOf(record) },
      events: firstByteOf(record.heard, endedAt),
    });
  }

  over(end: RequestEnd, status: number): void {
    const { clock, requestId, surface, route, key } = this.request;
    const outcome = inSnakeCase(end);
    const erred = end !== 'completed' && end !== 'clientLeft';
    this.tell({
      ...{ name: `POST ${route}`, kind: 'server', spanId: this.spanId },
      // What was wrong with a request is its client's.
      failed: end === 'providerFailed' || status >= 500,
      ...{ from: this.begunAt, to: clock.monotonicMs() },
      attributes: {
        ...{ 'http.request.method': 'POST', 'http.route': route },
        ...(status > 0 && { 'http.response.status_code': status }),
        ...(erred && { 'error.type': outcome }),
        ...{ 'gatehouse.request.id': requestId, 'gatehouse.surface': surface, 'gatehouse.outcome': outcome },
        ...{ 'gatehouse.organization.id': key.organizationId, 'gatehouse.workspace.id': key.workspaceId },
        'gatehouse.api_key.id': key.id,
      },
      events: this.receivedAt === undefined ? [] : [{ name: 'received', at: this.receivedAt }],
    });
  }

  private attempt(number: number): Attempted {
    return (this.attempts[number] ??= {
      spanId: this.id(SPAN_ID_BYTES),
      sentAt: undefined,
      endedAt: undefined,
    });
  }

  /** @param span by monotonic milliseconds. */
  private tell(span: Omit<Span, 'traceId' | 'parentSpanId' | 'parentIsRemote'>): void {
    const isRoot = span.spanId === this.spanId;
    this.request.sink.tell({
      ...span,
      traceId: this.traceId,
      parentSpanId: isRoot ? this.request.parent?.spanId : this.spanId,
      parentIsRemote: isRoot,
      from: this.zero + span.from,
      to: this.zero + span.to,
      events: span.events.map(({ name, at }) => ({ name, at: this.zero + at })),
    });
  }

  private id(bytes: number): string {
    return Buffer.from(this.request.random.bytes(bytes)).toString('hex');
  }
}

/** What nobody knows is left out, and never zero. */
const attributesOf = (record: UsageRecord): Span['attributes'] => {
  const { usage, heard, outcome, estimated } = record;
  return {
    // As the catalog names it.
    'gen_ai.provider.name': record.provider,
    'gen_ai.request.model': record.model,
    ...(usage && {
      'gen_ai.usage.input_tokens': usage.inputTokens,
      'gen_ai.usage.output_tokens': usage.outputTokens,
      'gen_ai.usage.cache_read.input_tokens': usage.cachedInputTokens,
    }),
    ...(heard?.status !== undefined && { 'http.response.status_code': heard.status }),
    ...(outcome === 'providerFailed' && { 'error.type': String(heard?.status ?? inSnakeCase(outcome)) }),
    'gatehouse.attempt': record.attempt,
    'gatehouse.usage.estimated': estimated,
    'gatehouse.provision.id': record.provisionId,
    'gatehouse.integration.id': record.integrationId,
  };
};

const firstByteOf = (heard: HeardOfProvider | undefined, endedAt: number): Span['events'] => {
  const { firstByteMs, totalMs } = heard ?? {};
  if (firstByteMs === undefined || totalMs === undefined) return [];
  return [{ name: 'first_byte', at: endedAt - (totalMs - firstByteMs) }];
};
