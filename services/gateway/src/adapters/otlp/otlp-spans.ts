import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceLog } from '@gatehouse/platform';
import type { Resource } from '@opentelemetry/resources';
import type { BatchSpanProcessor, ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { Span, SpanSink } from './span';

/** Those that wait to be told; what there is no room for is lost. */
const WAITING_MAX = 2_048;
/** A message of more would keep the thread for milliseconds while it is made. */
const MESSAGE_SPANS_MAX = 64;
const EVERY_MS = 1_000;
/** How long the end waits for a collector. */
const CLOSE_MS = 1_000;
/** Of `SpanKind`, and of status and flags: numbers of OpenTelemetry, which is not loaded for them. */
const KINDS: Readonly<Record<Span['kind'], number>> = { internal: 0, server: 1, client: 2 };
const ERROR = 2;
const UNSET = 0;
const SAMPLED = 1;
const SUCCESS = 0;

/** Tells a collector of spans by OTLP over HTTP, some at a time, in JSON. One that is away costs spans, and nobody's time. */
export class OtlpSpans implements SpanSink {
  private constructor(
    private readonly processor: BatchSpanProcessor,
    private readonly resource: Resource,
  ) {}

  /**
   * What else is said of a collector (headers, certificates, timeouts) the library takes from OTEL_EXPORTER_OTLP_… itself.
   *
   * @param endpoint without `/v1/traces`.
   */
  static async open(endpoint: string, log: Pick<ServiceLog, 'info' | 'warn'>): Promise<OtlpSpans> {
    // Loaded where spans are wanted: no other gateway has a use for it.
    const [{ OTLPTraceExporter }, { BatchSpanProcessor }, { resourceFromAttributes }] = await Promise.all([
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/resources'),
    ]);
    const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` });
    const processor = new BatchSpanProcessor({
      exporter: logged(exporter, log),
      ...{ maxQueueSize: WAITING_MAX, maxExportBatchSize: MESSAGE_SPANS_MAX, scheduledDelayMillis: EVERY_MS },
    });
    const resource = resourceFromAttributes({
      ...{ 'service.name': 'gatehouse-gateway', 'host.name': hostname(), 'process.pid': process.pid },
    });
    return new OtlpSpans(processor, resource);
  }

  tell(span: Span): void {
    this.processor.onEnd(this.readable(span));
  }

  async close(): Promise<void> {
    const waiting = new AbortController();
    const late = sleep(CLOSE_MS, undefined, { signal: waiting.signal }).catch(() => undefined);
    await Promise.race([this.processor.shutdown(), late]);
    waiting.abort();
  }

  private readable(span: Span): ReadableSpan {
    const { traceId, spanId, parentSpanId, parentIsRemote } = span;
    return {
      name: span.name,
      kind: KINDS[span.kind],
      spanContext: () => ({ traceId, spanId, traceFlags: SAMPLED }),
      ...(parentSpanId !== undefined && {
        parentSpanContext: { traceId, spanId: parentSpanId, traceFlags: SAMPLED, isRemote: parentIsRemote },
      }),
      startTime: hrTime(span.from),
      endTime: hrTime(span.to),
      duration: hrTime(span.to - span.from),
      status: { code: span.failed ? ERROR : UNSET },
      attributes: span.attributes,
      events: span.events.map(({ name, at }) => ({ name, time: hrTime(at) })),
      links: [],
      ended: true,
      resource: this.resource,
      instrumentationScope: { name: 'gatehouse' },
      ...{ droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0 },
    };
  }
}

/**
 * Says when a collector is away and when it is back, and of each message that it was told: the processor would begin others beside it
 * after one that failed.
 */
const logged = (exporter: SpanExporter, log: Pick<ServiceLog, 'info' | 'warn'>): SpanExporter => {
  let away = false;
  return {
    export: (spans, done) =>
      exporter.export(spans, ({ code, error }) => {
        const failed = code !== SUCCESS;
        if (failed && !away) log.warn({ because: error?.message }, 'spans cannot be told');
        if (!failed && away) log.info({}, 'spans are told again');
        away = failed;
        done({ code: SUCCESS });
      }),
    shutdown: () => exporter.shutdown(),
  };
};

const hrTime = (ms: number): ReadableSpan['startTime'] => {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.min(999_999_999, Math.round((ms - seconds * 1_000) * 1_000_000))];
};
