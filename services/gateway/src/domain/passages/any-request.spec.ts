import * as fc from 'fast-check';
import { boundAt, planFor } from '../bound';
import { type Json, objectOf } from '../json-values';
import { outputLimitFor } from '../output-limit';
import { PASSAGES } from '../passages';
import { UNKNOWN_QUIRKS } from '../quirks';
import { Refusal } from '../refusal';
import { SURFACES } from '../surfaces';

/** The least that any template puts around a message. */
const TEMPLATE_TOKENS = 4;
const model = { name: 'm', known: true, maxOutputTokens: 8_000, contextWindow: 1_000_000 };
const settings = { outputDefault: 500, outputFloor: 16 };

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
const name = fc.stringMatching(/^[a-z_]{1,12}$/);
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const schema = fc.constantFrom(
  { type: 'object' },
  { type: 'object', properties: { city: { type: 'string', description: 'é\n"' } } },
);
const limit = fc.integer({ min: 1, max: 8_000 });

/** A turn of the model with calls, and the answers to all of them. */
const callsOf = <T>(turn: (calls: readonly { id: string; name: string }[], said: string) => readonly T[]) =>
  fc
    .tuple(
      fc.uniqueArray(fc.record({ id: fc.stringMatching(/^c[a-z0-9]{1,8}$/), name }), {
        selector: ({ id }) => id,
        minLength: 1,
        maxLength: 3,
      }),
      text,
    )
    .map(([calls, said]) => turn(calls, said));

const chatTurns = fc.oneof(
  fc.tuple(fc.constantFrom('user', 'assistant'), text).map(([role, content]) => [{ role, content }]),
  text.map((said) => [{ role: 'user', content: [{ type: 'text', text: said }] }]),
  callsOf<object>((calls, said) => [
    {
      ...{ role: 'assistant', content: said },
      tool_calls: calls.map((call) => ({
        id: call.id,
        type: 'function',
        function: { name: call.name, arguments: '{"a":1}' },
      })),
    },
    ...calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: said })),
  ]),
);
const chats = fc.record({
  model: fc.constant('m'),
  messages: fc
    .tuple(optional(text), text, fc.array(chatTurns, { maxLength: 5 }))
    .map(([system, first, turns]) => [
      ...(system === undefined ? [] : [{ role: 'system', content: system }]),
      { role: 'user', content: first },
      ...turns.flat(),
      { role: 'user', content: 'and now?' },
    ]),
  max_tokens: optional(limit),
  temperature: optional(fc.constantFrom(0, 0.5, 1, 1.5)),
  stop: optional(fc.array(text, { minLength: 1, maxLength: 3 })),
  stream: optional(fc.boolean()),
  seed: optional(fc.integer()),
  tools: optional(
    fc
      .array(fc.record({ name, parameters: schema }), { minLength: 1, maxLength: 2 })
      .map((list) => list.map((one) => ({ type: 'function', function: one }))),
  ),
  reasoning_effort: optional(fc.constantFrom('low', 'high')),
  n: optional(fc.constantFrom(1, 2)),
});

const messageTurns = fc.oneof(
  fc.tuple(fc.constantFrom('user', 'assistant'), text).map(([role, content]) => [{ role, content }]),
  callsOf<object>((calls, said) => [
    {
      role: 'assistant',
      content: [
        { type: 'text', text: said },
        ...calls.map((call) => ({ type: 'tool_use', ...call, input: { a: 1 } })),
      ],
    },
    {
      role: 'user',
      content: calls.map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: said })),
    },
  ]),
);
const messages = fc.record({
  model: fc.constant('m'),
  max_tokens: limit,
  messages: fc
    .tuple(text, fc.array(messageTurns, { maxLength: 5 }))
    .map(([first, turns]) => [
      { role: 'user', content: first },
      ...turns.flat(),
      { role: 'user', content: 'and now?' },
    ]),
  system: optional(text),
  temperature: optional(fc.constantFrom(0, 0.5, 1)),
  stop_sequences: optional(fc.array(text, { minLength: 1, maxLength: 3 })),
  stream: optional(fc.boolean()),
  top_k: optional(fc.integer({ min: 1, max: 50 })),
  tools: optional(fc.array(fc.record({ name, input_schema: schema }), { minLength: 1, maxLength: 2 })),
  thinking: optional(fc.constant({ type: 'enabled', budget_tokens: 1_024 })),
});

/** Bytes of every text within. */
const bytesOf = (value: unknown): number => {
  if (typeof value === 'string') return Buffer.byteLength(value);
  return typeof value === 'object' && value !== null
    ? Object.values(value).reduce<number>((sum, one) => sum + bytesOf(one), 0)
    : 0;
};
const turnsOf = (body: Json): readonly Json[] => (body['messages'] as unknown[]).map(objectOf);

/** Sides take turns, the client's first, and nobody says nothing. */
const expectTurns = (body: Json): void => {
  const turns = turnsOf(body);
  expect(turns.map(({ role }) => role)).toEqual(turns.map((_, at) => (at % 2 === 0 ? 'user' : 'assistant')));
  for (const { content } of turns) expect((content as unknown[]).length).toBeGreaterThan(0);
};
/** Every result stands behind the call that it answers. */
const expectAnswered = (calls: readonly unknown[], results: readonly unknown[]): void =>
  expect([...results].sort()).toEqual([...calls].sort());
const blocksOf = (body: Json): readonly Json[] =>
  turnsOf(body).flatMap(({ content }) => (Array.isArray(content) ? content.map(objectOf) : []));

const VALID = {
  anthropic: (body: Json) => {
    expectTurns(body);
    const blocks = blocksOf(body);
    expectAnswered(
      blocks.filter(({ type }) => type === 'tool_use').map(({ id }) => id),
      blocks.filter(({ type }) => type === 'tool_result').map(({ tool_use_id }) => tool_use_id),
    );
    expect(Number(body['temperature'] ?? 0)).toBeLessThanOrEqual(1);
    return body['max_tokens'];
  },
  bedrock: (body: Json) => {
    expectTurns(body);
    const blocks = blocksOf(body);
    const idsOf = (kind: string) =>
      blocks.flatMap((block) => (block[kind] ? [objectOf(block[kind])['toolUseId']] : []));
    expectAnswered(idsOf('toolUse'), idsOf('toolResult'));
    return objectOf(body['inferenceConfig'])['maxTokens'];
  },
  openai: (body: Json) => {
    const turns = turnsOf(body);
    expectAnswered(
      turns.flatMap(({ tool_calls }) => ((tool_calls ?? []) as Json[]).map(({ id }) => id)),
      turns.filter(({ role }) => role === 'tool').map(({ tool_call_id }) => tool_call_id),
    );
    expect(body['n'] ?? 1).toBe(1);
    return body['max_tokens'];
  },
};

describe('any request that is said in another language', () => {
  it.each([
    ['openai-chat', 'anthropic', chats],
    ['openai-chat', 'bedrock', chats],
    ['anthropic-messages', 'openai', messages],
    ['anthropic-messages', 'bedrock', messages],
  ] as const)(
    '%s to %s is valid there and costs no more than it is held at, or is refused by name',
    (surface, dialect, bodies) => {
      let served = 0;
      fc.assert(
        fc.property(bodies as fc.Arbitrary<object>, fc.boolean(), (asked, dropUnsupported) => {
          try {
            const ask = SURFACES[surface].parse(Buffer.from(JSON.stringify(asked)));
            const own = outputLimitFor(ask.demand.output!, UNKNOWN_QUIRKS);
            const plan = planFor(ask.demand, model, own, settings);
            const { body } = PASSAGES[surface][dialect]!.request(ask, {
              ...{ name: 'm', quirks: UNKNOWN_QUIRKS, removed: [], dropUnsupported },
              outputLimit: { name: own.name, tokens: plan.perChoiceMax },
            });
            const out = JSON.parse(body.toString()) as Json;
            const limitSent = Number(VALID[dialect](out));
            const bound = boundAt(plan, plan.perChoiceMax);
            expect(limitSent).toBeGreaterThanOrEqual(1);
            expect(limitSent * plan.choices).toBeLessThanOrEqual(bound.outputTokens);
            const { model: _model, ...said } = out;
            expect(bytesOf(said) + TEMPLATE_TOKENS * turnsOf(out).length).toBeLessThanOrEqual(
              bound.inputTokens,
            );
            served++;
          } catch (error) {
            if (!(error instanceof Refusal)) throw error;
            expect([error.code, error.details.param]).toEqual([
              expect.stringMatching(/^(unsupported_parameter|invalid_request)$/),
              expect.any(String),
            ]);
            if (dropUnsupported) expect(error.code).toBe('invalid_request');
          }
        }),
        { numRuns: 300 },
      );
      expect(served).toBeGreaterThan(100);
    },
  );
});
