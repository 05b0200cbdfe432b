import { OUTPUT_LIMIT_NAMES } from '@gatehouse/offering';
import { until } from '@gatehouse/kernel/testing';
import { selfHostedQuirks } from '@gatehouse/offering-messages/testing';
import { typeV1 } from '@gatehouse/proto-gen';
import * as fc from 'fast-check';
import { boundAt, planFor } from './domain/bound';
import { outputLimitFor } from './domain/output-limit';
import { chatCompletions } from './domain/passages/openai-operations';
import { OUTPUT_MULTIPLIERS, type Quirks, quirksOfModel } from './domain/quirks';
import { Refusal } from './domain/refusal';
import { openaiChat } from './domain/surfaces/openai-chat';
import type { Script } from './testing/fake-provider';
import { GatewayFixture, MODEL, PROVISION } from './testing/gateway-fixture';
import { GENERATED } from './testing/self-hosted-servers';

const messages = [{ role: 'user', content: 'hi' }];
const PROMPT_TOKENS = 10;
/** Less than all of them come to, more than any of them may. */
const BUDGET = 10_000_000n;
const SERVERS = Object.keys(GENERATED);

/** Bodies by which somebody got more than was held: what is served, and what is refused by which name. */
const SERVED: readonly object[] = [
  { max_tokens: 7 },
  { max_completion_tokens: 7 },
  ...OUTPUT_LIMIT_NAMES.map((name) => ({ max_tokens: 7, [name]: 7 })),
  { max_tokens: 7, n_predict: 4_000 },
  { max_tokens: 7, num_predict: null },
  { max_completion_tokens: null, n_predict: null },
  { n_predict: 7 },
  { max_tokens: 7, n: 3 },
  { max_tokens: 7, best_of: 1, use_beam_search: false },
  {},
];
const REFUSED: readonly (readonly [object, string])[] = [
  [{ max_tokens: 100, best_of: 20 }, 'best_of'],
  [{ max_tokens: 100, use_beam_search: true }, 'use_beam_search'],
  [{ max_tokens: 100, n_cmpl: 20 }, 'n_cmpl'],
  [{ max_tokens: 100, num_return_sequences: 20 }, 'num_return_sequences'],
  [{ max_tokens: 4_000, max_completion_tokens: 1 }, 'max_completion_tokens'],
  [{ max_tokens: 100, n_predict: -1 }, 'n_predict'],
  [{ n_predict: -1 }, 'n_predict'],
  [{ max_tokens: 0 }, 'max_tokens'],
  [{ max_tokens: -1 }, 'max_tokens'],
  [{ num_predict: -2 }, 'num_predict'],
  [{ max_new_tokens: 0.5 }, 'max_new_tokens'],
  [{ MAX_TOKENS: 4_000, max_tokens: 1 }, 'MAX_TOKENS'],
  [{ ['max_to\u212aens']: 4_000, max_tokens: 1 }, 'max_to?ens'],
  [{ max_tokens: 100, n: 0 }, 'n'],
  [{ max_tokens: 100, n: 1_000 }, 'n'],
];

describe('the output limit of a server that somebody runs', () => {
  const gateway = new GatewayFixture();
  const { control, provider, bus } = gateway;

  beforeAll(() => gateway.start({ GATEHOUSE_WAIT_MS: '500' }));
  afterAll(() => gateway.stop());

  /** What the server bills, by its own book. */
  let billed = 0n;
  const asItDoes =
    (server: string): Script =>
    (call, response) => {
      const completion_tokens = GENERATED[server]!(call.json);
      billed += BigInt(PROMPT_TOKENS * 500 + completion_tokens * 2_000);
      const usage = { prompt_tokens: PROMPT_TOKENS, completion_tokens };
      // They are at work at the same time.
      setTimeout(() => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ choices: [{ index: 0, message: { content: 'a' } }], usage }));
      }, 5);
    };
  let version = 0n;
  const told = async (quirks: typeV1.Quirks): Promise<void> => {
    const value = typeV1.ProviderFacts.fromPartial({ served: true, quirks });
    gateway.control.set(
      { id: 'provider:self-hosted', value: { $case: 'provider', value } },
      {
        id: 'pricebook',
        value: { $case: 'priceBook', value: { version: ++version, sha256: 'ab'.repeat(32) } },
      },
    );
    await until(async () => {
      await gateway.chat({ model: MODEL, messages, max_tokens: 1 });
      return bus.records.at(-1)?.priceBookVersion === version;
    }, 'the server to be known');
  };

  /** A hundred at a time, of which every third is to be refused; what each was answered. */
  const hundred = async (limit: bigint): Promise<{ statuses: number[]; asked: number[]; spent: bigint }> => {
    await until(() => control.ledger.open.size === 0);
    control.ledger.limits.length = 0;
    const budget = control.ledger.budget(PROVISION, limit);
    billed = 0n;
    const bodies = Array.from({ length: 100 }, (_, index): [object, number] =>
      index % 3 === 2 ? [REFUSED[index % REFUSED.length]![0], 400] : [SERVED[index % SERVED.length]!, 200],
    );
    const statuses = await Promise.all(
      bodies.map(async ([body]) => (await gateway.chat({ model: MODEL, messages, ...body })).status),
    );
    await until(() => control.ledger.open.size === 0);
    return { statuses, asked: bodies.map(([, status]) => status), spent: budget.spent };
  };

  it.each(SERVERS)(
    '%s: a hundred at a time, however they ask, spend no more than there is',
    async (server) => {
      provider.script = asItDoes(server);
      control.ledger.limits.length = 0;
      await told(selfHostedQuirks().get(server)!);
      const enough = await hundred(100_000_000n);
      expect(enough.statuses).toEqual(enough.asked);
      expect(enough.spent).toBe(billed);
      const tooLittle = await hundred(BUDGET);
      expect(tooLittle.spent).toBe(billed);
      expect(billed).toBeLessThanOrEqual(BUDGET);
      expect(billed).toBeGreaterThan(BUDGET / 2n);
    },
  );
});

describe('whatever is asked of a server that somebody runs', () => {
  const model = { name: 'm', known: true, maxOutputTokens: 4_000, contextWindow: 8_000 };

  /** What goes out, and how many tokens are held for it; the refusal where nothing does. */
  const sent = (
    body: object,
    quirks: Quirks,
    templateTokens = 0,
  ): { json: Record<string, unknown>; held: number; heldInput: number } | Refusal => {
    try {
      const ask = openaiChat.parse(Buffer.from(JSON.stringify(body)));
      const limit = outputLimitFor(ask.demand.output!, quirks);
      const plan = planFor(ask.demand, { ...model, templateTokens }, limit, {
        outputDefault: 500,
        outputFloor: 16,
      });
      const { body: out } = chatCompletions.request(ask, {
        name: 'm',
        quirks,
        outputLimit: { name: limit.name, tokens: plan.perChoiceMax },
        removed: limit.removed,
        dropUnsupported: false,
      });
      const json = JSON.parse(out.toString()) as Record<string, unknown>;
      const { inputTokens, outputTokens } = boundAt(plan, plan.perChoiceMax);
      return { json, held: outputTokens, heldInput: inputTokens };
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
  };

  it.each(REFUSED)('%j is refused, and says by which name', (body, param) => {
    for (const quirks of selfHostedQuirks().values())
      expect(sent({ model: 'm', messages, ...body }, quirks)).toMatchObject({ details: { param } });
  });

  it.each(SERVED)('%j is served', (body) => {
    for (const quirks of selfHostedQuirks().values())
      expect(sent({ model: 'm', messages, ...body }, quirks)).not.toBeInstanceOf(Refusal);
  });

  const names = fc.constantFrom(
    ...[...OUTPUT_LIMIT_NAMES, ...OUTPUT_MULTIPLIERS, 'n', 'MAX_TOKENS', 'N', 'Best_Of', 'top_k'],
  );
  const values = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 3_000 }) },
    fc.constantFrom<unknown>(0, -1, -2, 1, null, true, false, 0.5, '7', 1e30, []),
  );
  const bodies = fc.dictionary(names, values, { maxKeys: 5, noNullPrototype: true });

  it('costs no more than it is held at where a model is served otherwise than its server’s others', () => {
    let served = 0;
    const servings = fc.record({
      name: fc.constantFrom(...OUTPUT_LIMIT_NAMES),
      templateTokens: fc.integer({ min: 1, max: 3_000 }),
    });
    fc.assert(
      fc.property(bodies, fc.constantFrom(...SERVERS), servings, (own, server, { name, templateTokens }) => {
        const quirks = quirksOfModel(selfHostedQuirks().get(server)!, { outputLimit: name });
        const out = sent({ model: 'm', messages, ...own }, quirks, templateTokens);
        if (out instanceof Refusal) return;
        served++;
        // It reads this name alone, and its prompt is denser than any: a token for each byte.
        const { [name]: limit, n } = out.json;
        expect(Number(limit ?? 4_000) * Number(n ?? 1)).toBeLessThanOrEqual(out.held);
        const bytes = Buffer.byteLength(messages.map(({ content }) => content).join(''));
        expect(bytes + templateTokens).toBeLessThanOrEqual(out.heldInput);
        for (const other of OUTPUT_LIMIT_NAMES)
          if (other !== name) expect(out.json).not.toHaveProperty(other);
      }),
      { numRuns: 2_000 },
    );
    expect(served).toBeGreaterThan(200);
  });

  it('costs no more than it is held at', () => {
    let served = 0;
    fc.assert(
      fc.property(bodies, fc.constantFrom(...SERVERS), (own, server) => {
        const out = sent({ model: 'm', messages, ...own }, selfHostedQuirks().get(server)!);
        if (out instanceof Refusal) return;
        served++;
        expect(GENERATED[server]!(out.json)).toBeLessThanOrEqual(out.held);
      }),
      { numRuns: 2_000 },
    );
    expect(served).toBeGreaterThan(200);
  });

  it('is kept from a strict one where nobody knows what it means, or left out where that is allowed', () => {
    const strict = selfHostedQuirks().get('llama-cpp')!;
    const asked = { model: 'm', messages, max_tokens: 7, some_limit: null, n_forever: 1 };
    expect(sent(asked, strict)).toMatchObject({
      code: 'unsupported_parameter',
      details: { param: 'some_limit' },
    });
    expect(sent(asked, { ...strict, parameters: ['some_limit', 'n_forever'] })).toHaveProperty(
      'json.n_forever',
    );
    expect(sent(asked, selfHostedQuirks().get('vllm')!)).toHaveProperty('json.n_forever');
  });
});
