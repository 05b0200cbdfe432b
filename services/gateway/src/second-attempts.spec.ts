import { until } from '@gatehouse/kernel/testing';
import { meteringV1 } from '@gatehouse/proto-gen';
import { chunkOf, plainAnswer, type Script, streamed } from './testing/fake-provider';
import { GatewayFixture, MODEL, PROVISION } from './testing/gateway-fixture';

const messages = [{ role: 'user', content: 'hi' }];
const { COMPLETED, PROVIDER_FAILED } = meteringV1.UsageOutcome;
/** 10 input and 5 output tokens, in nano-USD. */
const TRUTH = 10n * 500n + 5n * 2_000n;
const reset: Script = (_call, _response, request) => void request.socket.destroy();

describe('a second attempt', () => {
  const gateway = new GatewayFixture();
  const { provider, bus, control } = gateway;

  beforeAll(() => gateway.start());
  afterAll(() => gateway.stop());

  /** Answers each call by the next script; every further one by the last. */
  const scripted = (...scripts: readonly Script[]): void => {
    let at = 0;
    provider.script = (call, response, request) =>
      scripts[Math.min(at++, scripts.length - 1)]?.(call, response, request);
  };
  /** How a call ended, how often the provider was called for it, and the records of its attempts. */
  const told = async (members: object, ...scripts: readonly Script[]) => {
    scripted(...scripts);
    const before = provider.calls.length;
    const answer = await gateway.chat({ model: MODEL, messages, max_tokens: 100, ...members });
    const text = await answer.text();
    const id = answer.headers.get('x-gatehouse-request-id');
    const attempts = provider.calls.length - before;
    const records = () =>
      bus.records
        .filter(({ requestId }) => requestId === id)
        .sort((one, other) => one.attempt - other.attempt);
    await until(() => records().length === attempts);
    return { status: answer.status, text, attempts, records: records() };
  };
  /** Leaves a connection to the provider that has served a call. */
  const warm = () => told({}, plainAnswer());

  it('is made on a connection of its own where one that had served before was reset, each with its own record', async () => {
    const budget = control.ledger.budget(PROVISION, 1_000_000_000n);
    await warm();
    const { status, attempts, records } = await told({}, reset, plainAnswer());
    expect([status, attempts]).toEqual([200, 2]);
    expect(records).toMatchObject([
      // A provider that died over it may bill it: its bound.
      { attempt: 1, outcome: PROVIDER_FAILED, estimated: true, outputTokens: 100n },
      { attempt: 2, outcome: COMPLETED, amountNanoUsd: TRUTH, estimated: false },
    ]);
    const bound = records[0]?.amountNanoUsd ?? 0n;
    expect(bound).toBeGreaterThan(TRUTH);
    expect(provider.calls.slice(-2).map(({ headers }) => headers['x-request-id'])).toEqual(
      records.map(({ requestId, attempt }) => `${requestId}.${attempt}`),
    );
    await until(() => control.ledger.open.size === 0);
    expect(budget.spent).toBe(2n * TRUTH + bound);
  });

  it('is the last', async () => {
    await warm();
    const { status, attempts } = await told({ stream: true }, reset, reset, plainAnswer());
    expect([status, attempts]).toEqual([502, 2]);
  });

  it.each<[string, Script]>([
    [
      'the answer has begun',
      (_call, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write('{"id":', () => response.destroy());
      },
    ],
    [
      'the provider may have worked',
      (call, response, request) => void setTimeout(() => reset(call, response, request), 1_100),
    ],
    ['it answered that it failed', (_call, response) => void response.writeHead(503).end()],
  ])('is not made where %s', async (_when, script) => {
    await warm();
    const { status, attempts } = await told({}, script, plainAnswer());
    expect([status, attempts]).toEqual([502, 1]);
  });

  /** A server that does not know `stream_options`. */
  const refusing: Script = (call, response, request) => {
    if (!('stream_options' in call.json)) {
      return streamed([chunkOf('Hello'), 'data: [DONE]\n\n'])(call, response, request);
    }
    response.writeHead(422, { 'content-type': 'application/json' });
    response.end('{"detail":[{"loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}');
  };

  it('is not made without what the client gave itself, which is the client’s to hear of', async () => {
    const own = await told({ stream: true, stream_options: { include_usage: true } }, refusing);
    expect([own.status, own.attempts]).toEqual([422, 1]);
  });

  it('is not made where a server refuses something else', async () => {
    const other: Script = (_call, response) => {
      response.writeHead(422, { 'content-type': 'application/json' });
      response.end('{"detail":[{"loc":["body","temperature"],"msg":"Input should be a number"}]}');
    };
    const { status, text, attempts } = await told({ stream: true }, other);
    expect([status, attempts]).toEqual([422, 1]);
    expect(text).toContain('temperature');
  });

  it('is remembered by nobody where it was refused as well: the word may be the client’s own', async () => {
    const quoting: Script = (call, response) => {
      const { response_format: format } = call.json as { response_format?: { type: string } };
      if (!format) return streamed([chunkOf('Hello'), 'data: [DONE]\n\n'])(call, response, response.req);
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { message: `'${format.type}' is not supported` } }));
    };
    const members = { stream: true, response_format: { type: 'stream_options' } };
    expect(await told(members, quoting)).toMatchObject({ status: 400, attempts: 2 });
    expect(await told({ stream: true }, quoting)).toMatchObject({ status: 200, attempts: 1 });
    expect(provider.calls.at(-1)?.json).toMatchObject({ stream_options: { include_usage: true } });
  });

  it('is made without what the gateway put to a server that does not know it, and which is remembered', async () => {
    const { status, text, attempts, records } = await told({ stream: true }, refusing);
    expect([status, attempts]).toEqual([200, 2]);
    expect(text).toContain('Hello');
    expect(records).toMatchObject([
      { attempt: 1, outcome: PROVIDER_FAILED, amountNanoUsd: 0n, doubtNanoUsd: 0n },
      { attempt: 2, outcome: COMPLETED, estimated: true },
    ]);
    expect(await told({ stream: true }, refusing)).toMatchObject({ status: 200, attempts: 1 });
  });
});
