import { until } from '@gatehouse/kernel/testing';
import { meteringV1, typeV1 } from '@gatehouse/proto-gen';
import { ProcessTokenCounter } from './adapters/tokens/process-token-counter';
import { chunkOf, plainAnswer, type Script } from './testing/fake-provider';
import { GatewayFixture, MODEL, PROVISION, SMALL_LIMITS } from './testing/gateway-fixture';

/** Forty thousand bytes, in 10,400 tokens. */
const PROSE = 'The road goes ever on and on, down from the door. '.repeat(800);
const INPUT_RATE = 500n;

/** Says words until it is left, and then no more. */
const words =
  (count: number): Script =>
  (_call, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (let at = 0; at < count; at++) response.write(chunkOf(' word'));
  };

describe('a model whose encoding is published', () => {
  const gateway = new GatewayFixture();
  const { provider, bus, control } = gateway;

  const setTokenizer = (tokenizer: string): void => {
    const facts = typeV1.ModelFacts.fromPartial({ ...SMALL_LIMITS, listedSince: 1n, tokenizer });
    control.set({ id: 'model:self-hosted/small', value: { $case: 'model', value: facts } });
  };
  const ask = (members: object, signal?: AbortSignal) =>
    gateway.chat({ model: MODEL, messages: [{ role: 'user', content: PROSE }], ...members }, {}, signal);
  const recordOf = async (answer: Response): Promise<meteringV1.UsageRecord> => {
    const id = answer.headers.get('x-gatehouse-request-id');
    const record = () => bus.records.find(({ requestId }) => requestId === id);
    await until(() => record() !== undefined, 'the record');
    return record() as meteringV1.UsageRecord;
  };

  beforeAll(async () => {
    await gateway.start();
    setTokenizer('o200k_base');
    // The tables are loaded by the first that needs them.
    provider.script = words(1);
    await until(async () => {
      const abort = new AbortController();
      const answer = await ask({ stream: true, max_tokens: 900 }, abort.signal);
      await answer.body?.getReader().read();
      abort.abort();
      return ((await recordOf(answer)).inputTokens ?? 0n) < 12_000n;
    }, 'the encoding to be known');
  });
  afterAll(() => gateway.stop());
  beforeEach(() => {
    control.ledger.limits.length = 0;
  });

  it('is charged the tokens of its prompt and of its text where a client leaves, and little more', async () => {
    provider.script = words(100);
    const abort = new AbortController();
    const answer = await ask({ stream: true, max_tokens: 900 }, abort.signal);
    const reader = answer.body!.getReader();
    let text = '';
    while (text.split(' word').length <= 100)
      text += Buffer.from((await reader.read()).value ?? []).toString();
    abort.abort();
    const record = await recordOf(answer);
    expect(record.estimated).toBe(true);
    expect(record.outputTokens).toBeGreaterThanOrEqual(103n);
    // What its silence adds to the output depends on how busy the machine is.
    expect(record.inputTokens).toBeGreaterThan(10_390n);
    expect(record.inputTokens).toBeLessThan(10_500n);
    expect(record.doubtNanoUsd).toBeGreaterThan(0n);
  });

  it('is charged so too where the usage of a whole stream never came', async () => {
    provider.script = (_call, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end([...Array<string>(100).fill(chunkOf(' word')), 'data: [DONE]\n\n'].join(''));
    };
    const answer = await ask({ stream: true, max_tokens: 900 });
    await answer.text();
    expect(await recordOf(answer)).toMatchObject({ estimated: true, outputTokens: 103n });
  });

  it.each([
    ['a call', { tool_calls: [{ index: 0, function: { name: 'f', arguments: '{}' } }] }, {}, 2 + 1 + 8],
    ['an answer of a schema', { content: '{}' }, { response_format: { type: 'json_schema' } }, 1 + 1 + 5],
  ])('is charged what frames %s', async (_what, delta, members, tokens) => {
    provider.script = (_call, response) => {
      const chunk = { choices: [{ index: 0, delta, finish_reason: null }] };
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`);
    };
    const answer = await ask({ stream: true, max_tokens: 900, ...members });
    await answer.text();
    expect(await recordOf(answer)).toMatchObject({ estimated: true, outputTokens: BigInt(tokens) });
  });

  it('is admitted by the tokens of its prompt where its bytes find no room', async () => {
    provider.script = plainAnswer({ prompt_tokens: 10_400, completion_tokens: 5, total_tokens: 10_405 });
    // Room for a third of the bytes, as tokens.
    const limit = control.ledger.budget(PROVISION, (BigInt(PROSE.length) * INPUT_RATE) / 3n);
    const answer = await ask({ max_tokens: 10 });
    expect(answer.status).toBe(200);
    await until(() => control.ledger.open.size === 0);
    expect(limit.spent).toBe(10_400n * INPUT_RATE + 5n * 2_000n);
    // What does not fit so either is refused as before.
    control.ledger.limits.length = 0;
    control.ledger.budget(PROVISION, (BigInt(PROSE.length) * INPUT_RATE) / 8n);
    expect((await ask({ max_tokens: 10 })).status).toBe(400);
  });

  it.each([
    ['fits', '100000', 200],
    ['does not fit', '1.0e20', 400],
  ])('is admitted so where what its numbers may come to anew %s', async (_what, number, status) => {
    provider.script = plainAnswer();
    control.ledger.budget(PROVISION, (BigInt(PROSE.length) * INPUT_RATE) / 2n);
    const tool = { type: 'function', function: { name: 'f', parameters: { enum: ['numbers'] } } };
    const body = JSON.stringify({
      ...{ model: MODEL, max_tokens: 10, tools: [tool] },
      messages: [{ role: 'user', content: PROSE }],
    });
    const answer = await gateway.chat(body.replace('"numbers"', Array(1_000).fill(number).join()));
    expect(answer.status).toBe(status);
    await until(() => control.ledger.open.size === 0);
  });

  it.each([
    ['its output alone does not fit', () => control.ledger.budget(PROVISION, 9n * 2_000n)],
    ['it is the number of requests that stands against it', () => control.ledger.rate(PROVISION, 0n)],
  ])('is not counted where %s', async (_, stand) => {
    const counted = jest.spyOn(ProcessTokenCounter.prototype, 'count');
    stand();
    expect((await ask({ max_tokens: 10 })).status).toBeGreaterThanOrEqual(400);
    expect(counted).not.toHaveBeenCalled();
    counted.mockRestore();
  });

  it('never comes to more than a budget, a hundred at a time', async () => {
    provider.script = plainAnswer({ prompt_tokens: 10_400, completion_tokens: 5, total_tokens: 10_405 });
    const budget = (BigInt(PROSE.length) * INPUT_RATE * 5n) / 4n;
    const limit = control.ledger.budget(PROVISION, budget);
    const statuses = await Promise.all(
      Array.from({ length: 100 }, async () => (await ask({ max_tokens: 10 })).status),
    );
    await until(() => control.ledger.open.size === 0);
    expect(limit.spent).toBeLessThanOrEqual(budget);
    // Four of them fit by their tokens; one did by its bytes.
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(4);
  });
});
