import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@gatehouse/kernel/testing';
import { meteringV1, typeV1 } from '@gatehouse/proto-gen';
import { CREDENTIAL, GatewayFixture, PROVISION, SMALL_LIMITS, SMALL_PRICES } from './testing/gateway-fixture';
import { SimulatorProcess } from './testing/simulator-process';

const CLIENTS = 64;
const BUDGET = 20_000_000n; // 0.02 USD, about 155 requests
const FAST = 'sim-small;first=5;interval=1';
/** Slow enough to be left. */
const SLOW = 'sim-small;first=5;interval=50';
/** Of which nothing is known yet. */
const FRESH = 'sim-small;first=1500;interval=10';
const messages = [{ role: 'user', content: 'How many roads must a man walk down?' }];

describe('against the simulator’s own book', () => {
  const gateway = new GatewayFixture();
  const { control, bus } = gateway;
  let simulator: SimulatorProcess;

  beforeAll(async () => {
    await gateway.startSurroundings();
    const data = join(gateway.directory, 'simulator');
    mkdirSync(data);
    simulator = await SimulatorProcess.start(data);
    const baseUrl = `${simulator.url}/v1`;
    await gateway.seal(2, { api_key: CREDENTIAL }, baseUrl);
    gateway.setIntegration({
      baseUrl,
      credentialVersion: 2,
      modelDecisions: typeV1.ModelDecisions.fromPartial({
        customModels: [FAST, SLOW, FRESH].map((name) => ({ name, ...SMALL_LIMITS, prices: SMALL_PRICES })),
      }),
    });
    gateway.setProvision({ allModels: true });
    await gateway.startGateway({ GATEHOUSE_WAIT_MS: '2000' });
  });
  afterAll(async () => {
    await simulator.stop();
    await gateway.stop();
  });
  beforeEach(() => {
    control.ledger.limits.length = 0;
    control.ledger.budget(PROVISION, BUDGET);
    bus.records.length = 0;
  });

  /** Calls until refused; answers the last status. */
  const hammer = async (index: number, leave: boolean): Promise<number> => {
    for (let call = 0; ; call++) {
      const stream = (index + call) % 2 === 0;
      const abort = new AbortController();
      const model = `@acme/${leave && stream ? SLOW : FAST}`;
      const body = { model, messages, stream, max_tokens: 64 };
      const response = await gateway.chat(body, {}, abort.signal);
      if (response.status !== 200) {
        await response.text();
        return response.status;
      }
      if (leave && stream) {
        await response.body?.getReader().read();
        abort.abort();
      } else await response.text();
    }
  };

  const run = async (leave: boolean) => {
    const before = BigInt((await simulator.book()).billedNanoUsd);
    const statuses = await Promise.all(Array.from({ length: CLIENTS }, (_, index) => hammer(index, leave)));
    expect(new Set(statuses)).toEqual(new Set([412]));
    await until(() => control.ledger.open.size === 0);
    const book = await simulator.book();
    return { book, billed: BigInt(book.billedNanoUsd) - before };
  };

  it('a budget is a bound that is used, and every charge is the bill to the nano-dollar', async () => {
    const { book, billed } = await run(false);
    expect(billed).toBeLessThanOrEqual(BUDGET);
    expect(billed).toBeGreaterThanOrEqual((BUDGET * 95n) / 100n);
    await until(() => bus.records.length === book.requests.length);
    const records = new Map(bus.records.map((record) => [`${record.requestId}.1`, record]));
    for (const row of book.requests) {
      expect(records.get(row.id)).toMatchObject({
        amountNanoUsd: BigInt(row.billedNanoUsd),
        inputTokens: BigInt(row.promptTokens),
        outputTokens: BigInt(row.completionTokens),
        estimated: false,
      });
    }
    expect(control.ledger.limits[0]?.spent).toBe(billed);
  }, 60_000);

  it('clients that leave never make it spend more', async () => {
    const { book, billed: bill } = await run(true);
    expect(bill).toBeLessThanOrEqual(BUDGET);
    const rows = new Map(book.requests.map((row) => [row.id, row]));
    const left = bus.records.filter(({ outcome }) => outcome === meteringV1.UsageOutcome.CLIENT_LEFT);
    // Who leaves at once may leave before the provider has heard of the call.
    const billed = left.filter(({ requestId }) => rows.has(`${requestId}.1`));
    expect(billed.length).toBeGreaterThan(10);
    for (const { requestId, amountNanoUsd = 0n } of billed) {
      expect(amountNanoUsd).toBeGreaterThanOrEqual(BigInt(rows.get(`${requestId}.1`)?.billedNanoUsd ?? -1));
    }
  }, 60_000);

  it('who leaves before anything is known of a model is charged by what the first answers tell', async () => {
    const before = (await simulator.book()).requests.length;
    const body = { model: `@acme/${FRESH}`, messages, max_tokens: 2 };
    const whole = Array.from({ length: 8 }, async () => (await gateway.chat(body)).text());
    const abort = new AbortController();
    const leaving = gateway.chat({ ...body, stream: true }, {}, abort.signal);
    await until(async () => (await simulator.book()).requests.length === before + 9, 'all to be under way');
    abort.abort();
    await expect(leaving).rejects.toThrow();
    await Promise.all(whole);
    await until(() => bus.records.length === 9);
    // A quarter of the bytes of the text, where six tenths of all that it was held at would be 70.
    const told = bus.records.find(({ outcome }) => outcome === meteringV1.UsageOutcome.COMPLETED);
    const left = bus.records.find(({ outcome }) => outcome === meteringV1.UsageOutcome.CLIENT_LEFT);
    expect(left?.estimated).toBe(true);
    expect(left?.inputTokens).toBeGreaterThanOrEqual(told?.inputTokens ?? 0n);
    expect(left?.inputTokens).toBeLessThanOrEqual((told?.inputTokens ?? 0n) + 1n);
  });
});
