import { nanoUsdPerMillion } from '@gatehouse/kernel';
import * as fc from 'fast-check';
import type { Ask, OutputDemand } from '../ask';
import { boundAt, amountsOf, perChoiceWithin, planFor } from '../bound';
import { outputLimitFor } from '../output-limit';
import { chatCompletions } from '../passages/openai-operations';
import type { OutgoingBody } from '../outgoing-body';
import type { Destination } from '../passages/passage';
import { UNKNOWN_QUIRKS } from '../quirks';
import { png } from '../testing/images';
import { openaiChat } from './openai-chat';

const rates = { input: nanoUsdPerMillion(500_000_000n), output: nanoUsdPerMillion(2_000_000_000n) };
const model = {
  name: 'm',
  known: true,
  prices: { rates, tiers: [] },
  maxOutputTokens: 1_000,
  contextWindow: 128_000,
};

const parse = (body: unknown): Ask => openaiChat.parse(Buffer.from(JSON.stringify(body)));
const outputOf = ({ demand }: Ask): OutputDemand => demand.output!;
const sent = (ask: Ask, to: Partial<Destination>): OutgoingBody =>
  chatCompletions.request(ask, {
    name: 'm',
    quirks: UNKNOWN_QUIRKS,
    removed: [],
    dropUnsupported: false,
    ...to,
  }).body;
const user = (content: unknown): object => ({ role: 'user', content });

const PDF = 'data:application/pdf;base64,AAAA';
const imageUrl = (url: string): object => ({ type: 'image_url', image_url: { url, detail: 'high' } });
const pngUrl = (width: number, height: number): string =>
  `data:image/png;base64,${png(width, height).toString('base64')}`;

const text = fc.string({ unit: 'binary' });
const part = fc.record({ type: fc.constant('text'), text });
const message = fc.record(
  {
    role: fc.constantFrom('user', 'system', 'assistant'),
    content: fc.oneof(text, fc.array(part)),
    name: text,
  },
  { requiredKeys: ['role'] },
);
const bodies = fc.record(
  {
    model: fc.string({ minLength: 1 }),
    messages: fc.array(message, { minLength: 1 }),
    stream: fc.boolean(),
    n: fc.integer({ min: 1, max: 128 }),
    max_tokens: fc.option(fc.integer({ min: 1, max: 1_000 })),
    stream_options: fc.option(fc.record({ include_usage: fc.boolean() })),
    temperature: fc.double({ noNaN: true, noDefaultInfinity: true }),
    logit_bias: fc.dictionary(fc.string(), fc.integer()),
  },
  { requiredKeys: ['model', 'messages'] },
);

const limitOf = (request: Ask) => outputLimitFor(outputOf(request), UNKNOWN_QUIRKS);
const UNSET = { name: 'max_tokens', removed: [] };

describe('a chat body', () => {
  it('counts at least every byte of every text of the prompt', () => {
    fc.assert(
      fc.property(bodies, fc.constantFrom(undefined, 2), (body, indent) => {
        const request = openaiChat.parse(Buffer.from(JSON.stringify(body, undefined, indent)));
        const texts = body.messages.flatMap(({ content, name }) => [
          name ?? '',
          ...(typeof content === 'string' ? [content] : (content ?? []).map((piece) => piece.text)),
        ]);
        const bytes = texts.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
        expect(request.model).toBe(body.model);
        expect(request.demand.prompt.bytes).toBeGreaterThanOrEqual(bytes);
        expect(request.demand.prompt).toMatchObject({ messages: body.messages.length, opaque: false });
        expect(outputOf(request).choices).toBe(body.n ?? 1);
        expect(outputOf(request).limits.get('max_tokens')).toBe(body.max_tokens ?? undefined);
      }),
    );
  });

  it.each([
    ...['1', '64', '1e2', '6.4e1', '2.0', '999999999999999', '1000000000000000', '9007199254740993'],
    ...['0', '-1', '1.5', '1e400', 'true', '"5"', '[5]'],
  ])('reads a limit of %s as JSON has it', (json) => {
    const body = Buffer.from(`{"model":"m","messages":[{"role":"user"}],"max_tokens":${json}}`);
    const value: unknown = JSON.parse(json);
    if (Number.isInteger(value) && (value as number) >= 1)
      expect(outputOf(openaiChat.parse(body)).limits.get('max_tokens')).toBe(value);
    else expect(() => openaiChat.parse(body)).toThrow("'max_tokens' must be an integer of at least 1.");
  });

  it.each(['live_search', 'openrouter:web_search', 'web_search'])(
    'is refused with a tool that runs at the provider: %s',
    (type) => {
      const tools = [{ type: 'function', function: { name: 'f' } }, { type }];
      expect(() => parse({ model: 'm', messages: [user('a')], tools })).toThrow('run at the provider');
    },
  );

  it('is taken with tools that run at the client', () => {
    const tools = [
      { type: 'function', function: { name: 'f' } },
      { type: 'custom', custom: { name: 'g' } },
    ];
    expect(parse({ model: 'm', messages: [user('a')], tools }).demand.prompt.usesTools).toBe(true);
  });

  it('does not pay for escapes that JSON needs', () => {
    const plain = parse({ model: 'm', messages: [user('中'.repeat(100))] });
    const escaped = Buffer.from(
      `{"model":"m","messages":[{"role":"user","content":"${'\\u4e2d'.repeat(100)}"}]}`,
    );
    expect(openaiChat.parse(escaped).demand.prompt.bytes).toBe(plain.demand.prompt.bytes);
  });

  it.each([
    ['another file in the place of an image', user([{ type: 'image_url', image_url: { url: PDF } }])],
    [
      'a file',
      user([
        { type: 'text', text: 'a' },
        { type: 'file', file: { file_id: 'f' } },
      ]),
    ],
    ['audio', user([{ type: 'input_audio', input_audio: {} }])],
    ['a part without a type', user([{ text: 'a' }])],
    ['content that is an object', user({ url: 'x' })],
    ['audio of an earlier answer', { role: 'assistant', audio: { id: 'a' } }],
  ])('bounds %s by the context window', (_what, odd) => {
    const request = parse({ model: 'm', messages: [odd] });
    expect(request.demand.prompt.opaque).toBe(true);
    expect(
      planFor(request.demand, model, limitOf(request), { outputDefault: 100, outputFloor: 16 }).inputTokens,
    ).toBe(model.contextWindow);
  });

  it('bounds an image by the context window where nobody says what one comes to', () => {
    const image = parse({ model: 'm', messages: [user([imageUrl('https://x')])] });
    expect(planFor(image.demand, model, UNSET, { outputDefault: 100, outputFloor: 16 }).inputTokens).toBe(
      model.contextWindow,
    );
  });

  it.each([
    ['of 1,024 × 512, six of the squares', imageUrl(pngUrl(1_024, 1_536)), 6],
    [
      'whose slashes are escaped',
      imageUrl(pngUrl(1_024, 1_536)),
      6,
      (json: string) => json.replaceAll('/', '\\/'),
    ],
    ['that is a text, as some servers take it', { type: 'image_url', image_url: pngUrl(512, 513) }, 2],
    ['that covers more squares than any', imageUrl(pngUrl(8_000, 8_000)), 8],
    ['that the provider fetches', imageUrl('https://x'), 8],
    ['that says its size in no way that is known', imageUrl('data:image/heic;base64,AAAA'), 8],
    ['that is nowhere', { type: 'image_url' }, 8],
    ['of one square, and its other members', { ...imageUrl(pngUrl(9, 9)), cache_control: {} }, 1],
  ])('bounds an image %s', (_what, part, squares, spelt = (json: string) => json) => {
    const imageTokens = { base: 85, squareSide: 512, squareMillitokens: 170_000, squaresMax: 8 };
    const body = Buffer.from(spelt(JSON.stringify({ model: 'm', messages: [user([part])] })));
    const { demand } = openaiChat.parse(body);
    const { inputTokens } = planFor(demand, { ...model, imageTokens }, UNSET, {
      outputDefault: 100,
      outputFloor: 16,
    });
    const ofImage = 16 + 85 + squares * 170;
    expect(inputTokens - ofImage).toBeGreaterThan(0);
    // What is left is the template and the words around it: none of the image's own text is among it.
    expect(inputTokens - ofImage).toBeLessThan(160);
  });

  it('takes an image that is said twice for as large as any', () => {
    const [small, large] = [pngUrl(9, 9), pngUrl(9_000, 9_000)];
    const part = `{"type":"image_url","image_url":{"url":"${small}"},"image_url":{"url":"${large}"}}`;
    const body = Buffer.from(`{"model":"m","messages":[{"role":"user","content":[${part}]}]}`);
    expect(openaiChat.parse(body).demand.prompt.images).toEqual([undefined]);
  });

  it('refuses what neither text nor a known context window bounds', () => {
    const { contextWindow: _contextWindow, ...unknown } = model;
    const limit = UNSET;
    const image = parse({ model: 'm', messages: [user([{ type: 'image_url', image_url: {} }])] });
    expect(() => planFor(image.demand, unknown, limit, { outputDefault: 100, outputFloor: 16 })).toThrow(
      expect.objectContaining({ code: 'model_unbounded' }),
    );
    const text = parse({ model: 'm', messages: [user('a')] });
    expect(planFor(text.demand, unknown, limit, { outputDefault: 100, outputFloor: 16 })).toEqual(
      planFor(text.demand, model, limit, { outputDefault: 100, outputFloor: 16 }),
    );
  });

  it('takes the limit that is sent where the largest output is unknown', () => {
    const { maxOutputTokens: _maxOutputTokens, ...unknown } = model;
    const request = parse({ model: 'm', messages: [user('a')] });
    const limit = (tokens?: number) => ({ ...UNSET, ...(tokens && { tokens }) });
    expect(planFor(request.demand, unknown, limit(), { outputDefault: 100, outputFloor: 16 })).toMatchObject({
      perChoiceMax: 100,
    });
    expect(
      planFor(request.demand, unknown, limit(5_000), { outputDefault: 100, outputFloor: 16 }),
    ).toMatchObject({ perChoiceMax: 5_000 });
    expect(() =>
      planFor(request.demand, model, limit(5_000), { outputDefault: 100, outputFloor: 16 }),
    ).toThrow();
  });

  it('takes the dearest tier that it can reach, at the base rate where a tier leaves one out', () => {
    const tiers = [{ inputTokensAbove: 1_000n, rates: { input: nanoUsdPerMillion(900_000_000n) } }];
    const tiered = { ...model, prices: { rates, tiers } };
    const ratesOf = (text: string) =>
      planFor(parse({ model: 'm', messages: [user(text)] }).demand, tiered, UNSET, {
        outputDefault: 100,
        outputFloor: 16,
      }).rates;
    expect(ratesOf('a')).toMatchObject(rates);
    expect(ratesOf('a'.repeat(2_000))).toMatchObject({ input: 900_000_000n, output: rates.output });
  });

  it('sees through a key that is given twice inside a part', () => {
    const body =
      '{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","type":"text","text":"a"}]}]}';
    expect(openaiChat.parse(Buffer.from(body)).demand.prompt.opaque).toBe(true);
  });

  it('bounds a template of the client’s own by the context window: it may say everything twice', () => {
    const asked = { model: 'm', messages: [user('a')] };
    expect(parse({ ...asked, chat_template: '{{ messages }}' }).demand.prompt.opaque).toBe(true);
    expect(parse({ ...asked, chat_template: null }).demand.prompt.opaque).toBe(false);
  });

  it.each<[object]>([
    [{ previous_response_id: 'resp_1' }],
    [{ conversation: 'conv_1' }],
    [{ prompt: { id: 'pmpt_1' } }],
    [{ cached_content: 'cachedContents/1' }],
    [{ extra_body: { google: { cached_content: 'cachedContents/1' } } }],
  ])('bounds what the provider keeps, and has in the prompt beside, by the context window: %j', (kept) => {
    expect(parse({ model: 'm', messages: [user('a')], ...kept }).demand.prompt.opaque).toBe(true);
  });

  it('takes for a part only what stands in the place of one', () => {
    const part = { type: 'text', text: 'a', cache_control: { type: 'ephemeral' } };
    const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{"type":"image_url"}' } };
    const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }];
    const messages = [user([part]), { role: 'assistant', content: null, tool_calls: [call] }];
    const metadata = { type: 'image_url', content: [{ type: 'image_url' }] };
    expect(parse({ model: 'm', messages, tools, metadata }).demand.prompt.opaque).toBe(false);
  });

  it.each([
    ['a schema', { type: 'json_schema', json_schema: { name: 'a', schema: {} } }, true],
    ['any JSON', { type: 'json_object' }, false],
    ['text', { type: 'text' }, false],
    ['nothing', null, false],
  ])('says whether the answer has to be of a schema: %s', (_what, response_format, ofSchema) => {
    const ask = parse({ model: 'm', messages: [user('json_schema')], response_format });
    expect(outputOf(ask).ofSchema).toBe(ofSchema);
  });

  it('counts tools and schemas', () => {
    const tools = [{ type: 'function', function: { name: 'f', description: 'x'.repeat(500) } }];
    const request = parse({ model: 'm', messages: [user('a')], tools });
    expect(request.demand.prompt.usesTools).toBe(true);
    expect(request.demand.prompt.bytes).toBeGreaterThan(500);
  });
});

describe('a chat body that is forwarded', () => {
  it('changes what must change, and nothing else', () => {
    fc.assert(
      fc.property(bodies, fc.constantFrom(undefined, 1), (body, indent) => {
        const bytes = Buffer.from(JSON.stringify(body, undefined, indent));
        const request = openaiChat.parse(bytes);
        const limited = outputOf(request).limits.size > 0;
        const rewritten = sent(request, {
          name: 'other',
          ...(!limited && { outputLimit: { name: 'max_tokens', tokens: 7 } }),
        });
        const expected: Record<string, unknown> = { ...body, model: 'other' };
        if (!limited) expected['max_tokens'] = 7;
        if (body.stream) expected['stream_options'] = { ...body.stream_options, include_usage: true };
        expect(JSON.parse(rewritten.toString())).toEqual(JSON.parse(JSON.stringify(expected)));
      }),
    );
  });

  it('leaves a body alone that is right already', () => {
    const request = parse({ model: 'm', messages: [user('a')], max_tokens: 1 });
    expect(sent(request, {})).toBe(request.body);
  });

  it('replaces a null in its place', () => {
    const request = openaiChat.parse(
      Buffer.from('{"max_tokens":null,"model":"m","messages":[{"role":"user"}]}'),
    );
    const body = sent(request, { outputLimit: { name: 'max_tokens', tokens: 9 } });
    expect(body.toString()).toBe('{"max_tokens":9,"model":"m","messages":[{"role":"user"}]}');
  });
});

describe('the output limit', () => {
  const quirks = { ...UNKNOWN_QUIRKS, outputLimit: 'max_tokens' };
  const limitIn = (members: object) => {
    const request = parse({ model: 'm', messages: [user('a')], ...members });
    return outputLimitFor(outputOf(request), quirks);
  };
  const sentFor = (members: object) => {
    const request = parse({ model: 'm', ...members, messages: [user('a')] });
    const { name, tokens, removed } = outputLimitFor(outputOf(request), quirks);
    const asSent = outputOf(request).limits.has(name);
    const outputLimit = { name, tokens: tokens ?? 99 };
    const body = sent(request, { ...(!asSent && { outputLimit }), removed });
    return JSON.parse(body.toString()) as Record<string, unknown>;
  };

  it.each([
    [{}, { max_tokens: 99 }],
    [{ max_tokens: 5 }, { max_tokens: 5 }],
    [{ max_completion_tokens: 5 }, { max_tokens: 5 }],
    [{ max_tokens: 5, n_predict: 4_000 }, { max_tokens: 5 }],
    [
      { n_predict: 5, seed: 1, num_predict: 5 },
      { max_tokens: 5, seed: 1 },
    ],
    [{ max_completion_tokens: 5, max_tokens: 5 }, { max_tokens: 5 }],
    [{ max_tokens: null, max_new_tokens: 7 }, { max_tokens: 7 }],
  ])('of %j goes out under the honoured name alone', (members, limits) =>
    expect(sentFor(members)).toEqual({ model: 'm', messages: [user('a')], ...limits }),
  );

  it.each([
    { max_tokens: 5, max_completion_tokens: 4 },
    { n_predict: 5, num_predict: 6 },
  ])('of %j contradicts itself', (members) => expect(() => limitIn(members)).toThrow('contradict'));

  it.each([{ n_predict: -1 }, { num_predict: 0 }, { max_new_tokens: 1.5 }, { max_output_tokens: '5' }])(
    'is positive, whatever its name: %j',
    (members) => expect(() => limitIn(members)).toThrow('integer of at least 1'),
  );

  it.each([{ best_of: 20 }, { use_beam_search: true }])('is not what %j makes of it', (members) =>
    expect(() => limitIn(members)).toThrow('multiplies'),
  );

  it.each([{ best_of: 1 }, { use_beam_search: false }, { best_of: null }])('is alone with %j', (members) =>
    expect(limitIn(members)).toEqual({ name: 'max_tokens', removed: quirks.outputLimitSynonyms }),
  );

  it('is spelt as it must be, since some servers do not look at the case', () =>
    expect(() => limitIn({ N_Predict: 5 })).toThrow("must be spelt 'n_predict'"));
});

describe('bounds', () => {
  it('never exceed what was granted, and use it', () => {
    fc.assert(
      fc.property(
        bodies,
        fc.bigInt({ min: 0n, max: 10n ** 13n }),
        fc.integer({ min: 0, max: 1_000_000 }),
        (body, nanoUsd, tokens) => {
          const request = parse({ ...body, max_tokens: undefined });
          const plan = planFor(request.demand, model, limitOf(request), {
            outputDefault: 500,
            outputFloor: 16,
          });
          const least = amountsOf(boundAt(plan, plan.perChoiceMin));
          const cap = {
            nanoUsd: least.nanoUsd + nanoUsd,
            tokens: least.tokens + BigInt(tokens),
            requests: 1n,
            unpriced: false,
          };
          const perChoice = perChoiceWithin(plan, cap);
          const bound = amountsOf(boundAt(plan, perChoice));
          expect(bound.nanoUsd).toBeLessThanOrEqual(cap.nanoUsd);
          expect(bound.tokens).toBeLessThanOrEqual(cap.tokens);
          const next = amountsOf(boundAt(plan, perChoice + 1));
          expect(
            perChoice === plan.perChoiceMax || next.nanoUsd > cap.nanoUsd || next.tokens > cap.tokens,
          ).toBe(true);
        },
      ),
    );
  });

  it('take the dearest input price', () => {
    const request = parse({ model: 'm', messages: [user('a')], max_tokens: 1 });
    const cached = {
      cacheWrite: nanoUsdPerMillion(625_000_000n),
      cachedInput: nanoUsdPerMillion(50_000_000n),
    };
    const dear = { ...model, prices: { rates: { ...rates, ...cached }, tiers: [] } };
    const [cheap, bound] = [model, dear].map(
      (each) =>
        boundAt(planFor(request.demand, each, limitOf(request), { outputDefault: 100, outputFloor: 16 }), 1)
          .nanoUsd ?? 0n,
    );
    expect(bound).toBeGreaterThan(cheap ?? 0n);
  });

  it('do not exist in USD without a price', () => {
    const { prices: _prices, ...unpriced } = model;
    const plan = planFor(parse({ model: 'm', messages: [user('a')] }).demand, unpriced, UNSET, {
      outputDefault: 100,
      outputFloor: 16,
    });
    expect(boundAt(plan, 1).nanoUsd).toBeUndefined();
    expect(amountsOf(boundAt(plan, 1))).toMatchObject({ nanoUsd: 0n });
  });
});
