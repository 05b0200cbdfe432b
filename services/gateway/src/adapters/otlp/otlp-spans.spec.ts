import { until } from '@gatehouse/kernel/testing';
import { FakeCollector } from '../../testing/fake-collector';
import { OtlpSpans } from './otlp-spans';
import type { Span } from './span';

const span = (number: number): Span => ({
  ...{ name: `span ${number}`, kind: 'server', traceId: '1'.repeat(32), spanId: '2'.repeat(16) },
  ...{ parentSpanId: undefined, parentIsRemote: true, from: 1_000.25, to: 2_000.5, failed: false },
  ...{ attributes: {}, events: [] },
});

describe('spans that wait for their collector', () => {
  // Each its own: who closes does not wait for what is still on its way.
  let collector: FakeCollector;
  let log: { readonly info: jest.Mock; readonly warn: jest.Mock };
  beforeAll(() => {
    // One that does not answer keeps no test from ending.
    process.env['OTEL_EXPORTER_OTLP_TIMEOUT'] = '2000';
  });
  beforeEach(async () => {
    collector = new FakeCollector();
    log = { info: jest.fn(), warn: jest.fn() };
    await collector.start();
  });
  afterEach(() => collector.stop());
  afterAll(() => {
    delete process.env['OTEL_EXPORTER_OTLP_TIMEOUT'];
  });

  it('are told some at a time, with their times to the nanosecond', async () => {
    const spans = await OtlpSpans.open(`${collector.endpoint}/`, log);
    for (let number = 0; number < 200; number++) spans.tell(span(number));
    await until(() => collector.spans.length === 200, 'all to be told');
    for (const { text, url } of collector.messages) {
      expect(url).toBe('/v1/traces');
      expect(text.split('"span ').length - 1).toBeLessThanOrEqual(64);
    }
    expect(collector.spans[0]).toMatchObject({
      ...{ startTimeUnixNano: '1000250000', endTimeUnixNano: '2000500000' },
    });
    await spans.close();
  });

  it('are lost where there is no room for more of them', async () => {
    const spans = await OtlpSpans.open(collector.endpoint, log);
    collector.silent = true;
    for (let number = 0; number < 10_000; number++) spans.tell(span(number));
    collector.silent = false;
    await spans.close();
    // Those that wait, and those of the message that was on its way when they were told.
    await until(() => collector.spans.length > 1_000);
    expect(collector.spans.length).toBeLessThanOrEqual(2_048 + 64);
  });

  it('are lost where it refuses them: the log says once that they are, and when they are told again', async () => {
    const spans = await OtlpSpans.open(collector.endpoint, log);
    collector.refusing = true;
    for (let number = 0; number < 128; number++) spans.tell(span(number));
    await until(() => log.warn.mock.calls.length > 0, 'the log to say so');
    await until(() => collector.refused === 2, 'the second message');
    collector.refusing = false;
    spans.tell(span(1));
    await until(() => log.info.mock.calls.length > 0, 'the log to say that they are told again');
    expect([log.warn.mock.calls.length, log.info.mock.calls.length]).toEqual([1, 1]);
    expect(collector.spans).toHaveLength(1);
    await spans.close();
  });

  it('are not waited for at the end, whether it is not there or does not answer', async () => {
    collector.silent = true;
    for (const endpoint of [collector.endpoint, 'http://127.0.0.1:9']) {
      const spans = await OtlpSpans.open(endpoint, log);
      spans.tell(span(1));
      const from = performance.now();
      await spans.close();
      expect(performance.now() - from).toBeLessThan(3_000);
    }
  });
});
