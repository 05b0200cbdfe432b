import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, isProof, SeededRandom } from '@gatehouse/kernel/testing';
import { attemptOf, differences, sumOf } from './accounts';
import { requestsPerMinute, tokenBudget, usdBudget } from './control-plane';
import { type ChatAnswer, type ChatBody, type ChatOptions, errorOf } from './gateway-client';
import type { Product } from './product';
import { type BookRow, billed } from './provider-book';
import { report } from './report';
import { newTeam, type Team } from './team';
import { sharedProduct } from './shared-product';

const START_MS = 120_000;
const CASE_MS = 120_000;
const ONE_USD = 1_000_000_000n;
/** Hundreds of calls; a proof spends four times as much. */
const BUDGET = isProof ? ONE_USD : ONE_USD / 4n;
const CLIENTS = 64;
/** A client gives up when it was refused so often in a row: nothing fits any more. */
const REFUSALS_IN_A_ROW = 3;

describe('a budget is a bound', () => {
  let product: Product;
  const random = new SeededRandom('budget-bound');

  beforeAll(async () => {
    product = await sharedProduct();
  }, START_MS);

  // Clients of a case that ran out of time must not play into the next.
  let over = false;
  beforeEach(() => (over = false));
  afterEach(() => (over = true));
  interface Hammering {
    readonly answers: readonly ChatAnswer[];
    /** Of this hammering alone. */
    readonly rows: readonly BookRow[];
  }

  /** Clients that call one after another until nothing is left for them. */
  const hammer = async (
    team: Team,
    clients: number,
    bodyOf: (client: number, call: number) => ChatBody,
    leavingOf: () => ChatOptions = () => ({}),
  ): Promise<Hammering> => {
    const before = new Set((await product.book.rows()).map(({ id }) => id));
    const answers: ChatAnswer[] = [];
    const client = async (number: number): Promise<void> => {
      let refused = 0;
      for (let call = 0; refused < REFUSALS_IN_A_ROW && !over; call++) {
        const answer = await team.gateway.chat(bodyOf(number, call), leavingOf());
        // A client that left knows nothing of what it would have been told.
        if (!answer) continue;
        answers.push(answer);
        refused = answer.status === 412 ? refused + 1 : 0;
      }
    };
    await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
    const rows = (await product.book.rows()).filter(({ id }) => !before.has(id));
    // Nobody else uses this model: what is in the book is what these clients did.
    expect(rows.filter(({ model }) => team.model() !== `@${team.slug}/${model}`)).toEqual([]);
    return { answers, rows };
  };

  /** Waits until every attempt that the provider knows has its record. */
  const recordsOf = (team: Team, rows: readonly BookRow[]) =>
    eventually(async () => {
      const records = await product.control().records(team.workspaceId);
      const known = new Set(records.map(attemptOf));
      expect(rows.filter(({ id }) => !known.has(id))).toEqual([]);
      return records;
    }, 20_000);

  const share = (part: bigint, whole: bigint): string =>
    `${(Number((part * 10_000n) / whole) / 100).toFixed(2)} %`;

  it(
    'holds against 64 clients, plain and streaming, to the nano-dollar',
    async () => {
      const model = 'sim-small;first=20;interval=0;completion=1000';
      const team = await newTeam(product, { models: [model], limits: [usdBudget(BUDGET)] });
      const start = Date.now();
      const { answers, rows } = await hammer(team, CLIENTS, (client, call) => ({
        model: team.model(),
        messages: [{ role: 'user', content: `Client ${client} asks for the ${call}. time.` }],
        max_tokens: 1_000,
        ...((client + call) % 2 === 0 && { stream: true }),
        ...((client + call) % 4 === 0 && { stream_options: { include_usage: true } }),
      }));
      const seconds = (Date.now() - start) / 1000;
      const spent = billed(rows);
      report(
        `${CLIENTS} clients: billed ${share(spent, BUDGET)} in ${seconds.toFixed(1)} s, ` +
          `${rows.length} calls, ${answers.filter(({ status }) => status === 412).length} refusals`,
      );
      expect(spent).toBeLessThanOrEqual(BUDGET);
      expect(spent).toBeGreaterThanOrEqual((BUDGET * 95n) / 100n);

      const refusals = answers.filter(({ status }) => status !== 200);
      expect([...new Set(refusals.map(({ status }) => status))]).toEqual([412]);
      for (const refusal of refusals) {
        expect(refusal.headers['content-type']).toMatch(/^application\/json/);
        expect(refusal.requestId).not.toBe('');
        const { limit, ...error } = errorOf(refusal);
        expect(error).toEqual({
          message: expect.any(String),
          type: 'insufficient_quota',
          code: 'budget_exceeded',
          param: null,
        });
        expect(limit).toMatchObject({
          kind: 'budget',
          scope: 'provision',
          scope_id: team.provisionId,
          unit: 'nano_usd',
          limit: BUDGET.toString(),
          spent: expect.stringMatching(/^\d+$/),
          held: expect.stringMatching(/^\d+$/),
          remaining: expect.stringMatching(/^\d+$/),
          resets_at: expect.stringMatching(/^\d{4}-\d\d-01T00:00:00\.000Z$/),
        });
      }

      const answered = answers.filter(({ status }) => status === 200);
      expect(answered.filter(({ whole }) => !whole)).toEqual([]);
      expect(answered.map(({ requestId }) => `${requestId}.1`).sort()).toEqual(
        rows.map(({ id }) => id).sort(),
      );
      const records = await recordsOf(team, rows);
      expect(records).toHaveLength(rows.length);
      expect(differences(rows, records)).toEqual([]);
      const sum = sumOf(records, ({ amountNanoUsd }) => amountNanoUsd);
      expect(sum).toBe(spent);
      const usage = await product.control().usageTotal(team.workspaceId);
      expect(usage).toMatchObject({ amountNanoUsd: spent, doubtNanoUsd: 0n, unknownRequests: 0n });
      expect(usage?.requests).toBe(BigInt(rows.length));
      expect(usage?.inputTokens).toBe(sumOf(records, ({ inputTokens }) => inputTokens));
      expect(usage?.outputTokens).toBe(sumOf(records, ({ outputTokens }) => outputTokens));
      expect(await product.control().limitAtRest(team.provisionId)).toMatchObject({
        spent,
        held: 0n,
        doubt: 0n,
      });
    },
    CASE_MS,
  );

  it(
    'holds against clients that leave, and charges at least what was billed',
    async () => {
      const model = 'sim-small;first=100;interval=20;completion=50';
      const team = await newTeam(product, { models: [model], limits: [usdBudget(BUDGET)] });
      // Long prompts: money flows without a flood of chunks.
      const content = 'Tell me how it ends. '.repeat(500);
      const { answers, rows } = await hammer(
        team,
        CLIENTS,
        (client, call) => ({
          model: team.model(),
          messages: [{ role: 'user', content }],
          max_tokens: 50,
          stream: (client + call) % 4 !== 0,
        }),
        // Most leave in the middle of the answer, some before anything has come, some not at all.
        () => {
          const dice = random.int(0, 10);
          if (dice < 6) return { leaveAfterBytes: random.int(0, 8_000) };
          return dice < 8 ? { signal: AbortSignal.timeout(random.int(20, 500)) } : {};
        },
      );
      const spent = billed(rows);
      report(
        `clients leave: billed ${share(spent, BUDGET)}, ${rows.length} calls, ` +
          `${rows.filter(({ completed }) => !completed).length} cut`,
      );
      expect(spent).toBeLessThanOrEqual(BUDGET);
      expect(spent).toBeGreaterThanOrEqual((BUDGET * 90n) / 100n);
      expect(rows.some(({ completed }) => completed)).toBe(true);
      expect(rows.some(({ completed }) => !completed)).toBe(true);
      expect(answers.filter(({ status }) => status !== 200 && status !== 412)).toEqual([]);
      const records = await recordsOf(team, rows);
      expect(differences(rows, records)).toEqual([]);
      const state = await product.control().limitAtRest(team.provisionId);
      const charged = sumOf(records, ({ amountNanoUsd }) => amountNanoUsd);
      expect(charged).toBeGreaterThanOrEqual(spent);
      expect(state.spent).toBeGreaterThanOrEqual(charged);
      expect(state.spent).toBeLessThanOrEqual(BUDGET);
      expect(await product.control().usageTotal(team.workspaceId)).toMatchObject({ amountNanoUsd: charged });
    },
    CASE_MS,
  );

  it(
    'gives a request without an output limit one that fits, and does not refuse it',
    async () => {
      const model = 'sim-small;first=20;interval=0;completion=2000';
      const team = await newTeam(product, { models: [model], limits: [usdBudget(BUDGET)] });
      const { answers, rows } = await hammer(team, isProof ? CLIENTS / 2 : CLIENTS / 4, (client, call) => ({
        model: team.model(),
        messages: [{ role: 'user', content: `Client ${client} asks for the ${call}. time.` }],
        stream: call % 2 === 0,
      }));
      const spent = billed(rows);
      report(`no output limits: billed ${share(spent, BUDGET)}, ${rows.length} calls`);
      expect(answers.filter(({ status }) => status !== 200 && status !== 412)).toEqual([]);
      expect(differences(rows, await recordsOf(team, rows))).toEqual([]);
      expect(spent).toBeLessThanOrEqual(BUDGET);
      expect(spent).toBeGreaterThanOrEqual((BUDGET * 90n) / 100n);
    },
    CASE_MS,
  );

  it(
    'holds in tokens too',
    async () => {
      const budget = 50_000n;
      const model = 'sim-small;first=5;interval=0;completion=400';
      const team = await newTeam(product, { models: [model], limits: [tokenBudget(budget)] });
      const { answers, rows } = await hammer(team, 16, (client) => ({
        model: team.model(),
        messages: [{ role: 'user', content: `Client ${client}` }],
        max_tokens: 400,
        stream: client % 2 === 0,
      }));
      const tokens = BigInt(rows.reduce((sum, row) => sum + row.promptTokens + row.completionTokens, 0));
      report(`${budget} tokens: billed ${share(tokens, budget)}`);
      expect(tokens).toBeLessThanOrEqual(budget);
      expect(tokens).toBeGreaterThanOrEqual((budget * 95n) / 100n);
      const refusal = answers.find(({ status }) => status === 412);
      expect(errorOf(refusal)).toMatchObject({
        code: 'budget_exceeded',
        limit: { unit: 'tokens', limit: budget.toString() },
      });
      expect(await product.control().limitAtRest(team.provisionId)).toMatchObject({
        spent: tokens,
        held: 0n,
      });
    },
    CASE_MS,
  );

  it(
    'lets pass as many requests a minute as the rate limit says, and tells when to come again',
    async () => {
      const model = 'sim-small;first=0;interval=0;completion=1';
      const team = await newTeam(product, { models: [model], limits: [requestsPerMinute(20n)] });
      // Windows are whole minutes: an edge in the middle would let twice as many pass.
      const untilEdge = 60_000 - (Date.now() % 60_000);
      if (untilEdge < 5_000) await sleep(untilEdge + 100);
      const body = { model: team.model(), messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1 };
      const answers = await Promise.all(Array.from({ length: 60 }, () => team.gateway.chat(body)));
      expect(answers.filter((answer) => answer?.status === 200)).toHaveLength(20);
      const refusals = answers.filter((answer) => answer?.status !== 200);
      for (const refusal of refusals) {
        expect(refusal?.status).toBe(429);
        expect(errorOf(refusal)).toMatchObject({
          code: 'rate_limit_exceeded',
          limit: { unit: 'requests', limit: '20' },
        });
        const seconds = Number(refusal?.headers['retry-after']);
        expect(Number.isInteger(seconds) && seconds >= 1 && seconds <= 60).toBe(true);
      }
    },
    CASE_MS,
  );
});
