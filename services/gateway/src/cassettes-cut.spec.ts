import { FixedClock } from '@gatehouse/kernel';
import { ProcessTokenCounter } from './adapters/tokens/process-token-counter';
import { countedEnding } from './app/counted-tokens';
import type { ClientAnswer } from './app/gateway.ports';
import { ProviderCall } from './app/provider-call';
import type { Bound } from './domain/bound';
import type { DialectName } from './domain/dialects/dialect';
import { objectOf } from './domain/json-values';
import { type AnswerSeen, Experience } from './domain/experience';
import { GeneratedText } from './domain/generated-text';
import { DIALECTS, PASSAGES } from './domain/passages';
import { UNKNOWN_QUIRKS } from './domain/quirks';
import { Secrets } from './domain/secrets';
import { chargeFor, type Ending } from './domain/settlement';
import { EventStreamReader } from './domain/streams/event-stream-reader';
import { SseReader } from './domain/streams/sse-reader';
import { SURFACES } from './domain/surfaces';
import type { SurfaceName } from './domain/surfaces/surface';
import type { Usage } from './domain/usage';
import { CASSETTES, recordedIn } from './testing/cassettes';

/** A recorded stream, or a recorded answer told as one. */
interface Told {
  readonly name: string;
  readonly dialect: DialectName;
  readonly surface: SurfaceName;
  readonly frames: readonly Buffer[];
  /** Its encoding is published, and its provider has written nothing that it does not show. */
  readonly known: boolean;
  /** The model may think without saying so. */
  readonly reasons: boolean;
  /** It was asked for an answer of a schema. */
  readonly ofSchema: boolean;
  /** As it was recorded, where the stream does not tell it. */
  readonly outputTokens?: number;
}

/** Fifty frames a second: recordings do not say when each came. */
const FRAME_MS = 20;
const BOUND: Bound = { inputTokens: 100_000, outputTokens: 16_000 };
const KNOWN = /(^|\/)(gpt-4|chatgpt-4o|gpt-5|o[134]-)/;
/** Of such a stream the text is a part of the output only: the provider called a tool of its own. */
const SEARCHES = /web_search/;
const REASONS = /(^|\/)(gpt-5|o[134]-)/;

const framesIn = (stream: Buffer, dialect: DialectName): readonly Buffer[] => {
  const reader = dialect === 'bedrock' ? new EventStreamReader() : new SseReader();
  return [...reader.feed(stream), ...reader.end()].map(({ raw }) => raw);
};

const fewLettersOf = (text: string): readonly string[] => text.match(/.{1,4}/gsu) ?? [];
const frameOf = (delta: object): Buffer =>
  Buffer.from(`data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: null }] })}\n\n`);

interface ToolCall {
  readonly name: string;
  readonly arguments: string;
}

/** A text as OpenAI streams it, in frames of a few letters. */
const streamOf = (text: string): readonly Buffer[] =>
  fewLettersOf(text).map((content) => frameOf({ content }));

/** Calls of tools as OpenAI streams them: each begins with its name. */
const streamOfCalls = (calls: readonly ToolCall[]): readonly Buffer[] =>
  calls.flatMap(({ name, arguments: said }, index) => [
    frameOf({
      tool_calls: [{ index, id: `call_${index}`, type: 'function', function: { name, arguments: '' } }],
    }),
    ...fewLettersOf(said).map((part) => frameOf({ tool_calls: [{ index, function: { arguments: part } }] })),
  ]);

const body = { model: 'm', messages: [{ role: 'user', content: 'hi' }], max_tokens: 16_000, stream: true };

/** The text of a whole answer of OpenAI's, of chat or of responses; undefined where it has anything beside it. */
const textsOf = (plain: object | undefined): string | undefined => {
  const { choices, output } = objectOf(plain) as { choices?: object[]; output?: object[] };
  if (choices) {
    const { content, tool_calls } = objectOf(objectOf(choices[0])['message']);
    return typeof content === 'string' && content !== '' && !tool_calls ? content : undefined;
  }
  if (!output || output.some((item) => objectOf(item)['type'] !== 'message')) return undefined;
  const parts = output.flatMap((item) => objectOf(item)['content'] as object[]);
  const text = parts.map((part) => String(objectOf(part)['text'] ?? '')).join('');
  return text === '' ? undefined : text;
};

/** The calls of a whole answer, of chat or of responses, that has nothing beside them; none where it has. */
const callsOf = (plain: object | undefined): readonly ToolCall[] => {
  const { choices, output = [] } = objectOf(plain) as { choices?: object[]; output?: object[] };
  if (choices) {
    const { content, tool_calls = [] } = objectOf(objectOf(choices[0])['message']);
    return content ? [] : (tool_calls as { function: ToolCall }[]).map((call) => call.function);
  }
  const isCall = (item: object): boolean => objectOf(item)['type'] === 'function_call';
  return output.every(isCall) ? (output as ToolCall[]) : [];
};

const framesOf = (plain: object | undefined): readonly Buffer[] => {
  const text = textsOf(plain);
  return text === undefined ? streamOfCalls(callsOf(plain)) : streamOf(text);
};

/** How a stream ends for a client that leaves after so many frames, and what was heard until then. */
const leftAfter = (told: Told, frames: number, experience: Experience) => {
  const written = new GeneratedText();
  const clock = new FixedClock(new Date(0));
  const quirks = UNKNOWN_QUIRKS;
  const ask = SURFACES[told.surface].parse(Buffer.from(JSON.stringify(body)));
  const answer = PASSAGES[told.surface][told.dialect]!.answer(
    ask,
    { name: 'm', quirks },
    { requestId: 'req', askedAt: new Date(0), written },
  );
  const client = {
    started: true,
    left: false,
    start: () => undefined,
    write: () => true,
    end: () => undefined,
  };
  let ended: { ending: Ending; seen: AnswerSeen } | undefined;
  const call = new ProviderCall({
    ...{
      client: client as Partial<ClientAnswer> as ClientAnswer,
      clock,
      secrets: new Secrets([]),
      choices: 1,
    },
    ...{
      stream: true,
      surface: SURFACES[told.surface],
      usageAsked: true,
      hasPrompt: true,
      dialect: DIALECTS[told.dialect],
      answer,
    },
    ...{ cancelledBilledInFull: false, reasons: told.reasons, pace: () => experience.pace(), headers: {} },
    ...{ answerBytesMax: 1, deadlineMs: 1_000_000, answered: () => undefined, refusesOurs: () => false },
    ...{ mayTryAgain: false, tryAgain: () => undefined },
    settle: (_outcome, ending, _heard, seen) => (ended = { ending: ending(), seen }),
    refuse: () => undefined,
  });
  call.onSent();
  call.onHead(200, {
    'content-type': told.dialect === 'bedrock' ? 'application/vnd.amazon.eventstream' : 'text/event-stream',
  });
  for (const frame of told.frames.slice(0, frames)) {
    clock.advance(FRAME_MS);
    call.onData(frame);
  }
  call.cut('broken');
  return { ...ended!, written, usage: answer.seen.usage };
};

/** A truth is a number of whole tokens, as whoever bills them counts them. */
interface Cut {
  readonly charged: number;
  /** The recorded output by the share of the text's bytes. */
  readonly truth: number;
  /** The same by the share of its tokens; where they can be counted. */
  readonly truthByTokens: number;
}
const wholeTokens = (tokens: number): number => Math.max(1, Math.round(tokens));
const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
const figuresOf = (cuts: readonly Pick<Cut, 'charged' | 'truth'>[]) => ({
  cuts: cuts.length,
  above: sum(cuts.map(({ charged }) => charged)) / sum(cuts.map(({ truth }) => truth)) - 1,
  /** Of single cuts, each of which counts as much: the shortest are far above, by few tokens. */
  mean: sum(cuts.map(({ charged, truth }) => charged / truth - 1)) / cuts.length,
  below: cuts.filter(({ charged, truth }) => charged < truth).length / cuts.length,
});

/** Of chat or of responses. */
const asksSchema = ({ response_format, text }: Record<string, unknown>): boolean =>
  JSON.stringify([response_format, text]).includes('"json_schema"');

const cassettes = CASSETTES === undefined ? describe.skip : describe;

cassettes('recorded streams, cut at every frame', () => {
  const counter = new ProcessTokenCounter();
  const tokensOf = async ({ json }: GeneratedText): Promise<number> =>
    (await counter.count('o200k_base', json)) ?? NaN;

  const streamsIn = (
    folder: string,
    path: RegExp,
    dialect: DialectName,
    surface: SurfaceName,
  ): readonly Told[] =>
    recordedIn(folder, path).flatMap(({ name, request, stream }) =>
      stream
        ? [
            {
              ...{ name: `${folder} ${name}`, dialect, surface, frames: framesIn(stream, dialect) },
              known: KNOWN.test(String(request['model'])) && !SEARCHES.test(JSON.stringify(request)),
              reasons: REASONS.test(String(request['model'])),
              ofSchema: asksSchema(request),
            },
          ]
        : [],
    );
  /** Whole answers of models that do not think, as streams of small frames. */
  const answersIn = (folder: string, path: RegExp, outputOf: (usage: object) => unknown): readonly Told[] =>
    recordedIn(folder, path).flatMap(({ name, request, plain }) => {
      const frames = framesOf(plain);
      const outputTokens = Number(outputOf(objectOf(plain?.['usage'])));
      const thinks =
        !/^gpt-4(o|\.1|\.5)/.test(String(plain?.['model'])) || /search/.test(String(plain?.['model']));
      if (frames.length === 0 || thinks || !(outputTokens > 2)) return [];
      const told = {
        dialect: 'openai',
        surface: 'openai-chat',
        frames,
        known: true,
        reasons: false,
      } as const;
      return [{ ...told, name: `${folder} ${name}`, ofSchema: asksSchema(request), outputTokens }];
    });
  const all =
    CASSETTES === undefined
      ? []
      : [
          ...streamsIn('openai-chat', /\/chat\/completions/, 'openai', 'openai-chat'),
          ...streamsIn('openrouter', /\/chat\/completions/, 'openai', 'openai-chat'),
          ...streamsIn('anthropic-messages', /\/v1\/messages(\?|$)/, 'anthropic', 'anthropic-messages'),
          ...streamsIn('bedrock', /\/converse-stream$/, 'bedrock', 'openai-chat'),
          ...answersIn(
            'openai-chat',
            /\/chat\/completions/,
            (usage) => (usage as { completion_tokens?: number }).completion_tokens,
          ),
          ...answersIn(
            'openai-responses',
            /\/responses$/,
            (usage) => (usage as { output_tokens?: number }).output_tokens,
          ),
        ];

  /** What each cut is charged, and what it came to: the recorded output by the share of its text that had come. */
  const cutsOf = async (told: Told, experience: Experience): Promise<readonly Cut[]> => {
    const whole = leftAfter(told, told.frames.length, experience);
    const usage: Partial<Usage> = whole.usage ?? {};
    const all = told.outputTokens ?? (usage.outputTokens ?? 0) - (usage.reasoningTokens ?? 0);
    const cuts: Cut[] = [];
    for (let at = 1; at < told.frames.length; at++) {
      const { ending, seen, written } = leftAfter(told, at, experience);
      const counted =
        told.known && ending.kind === 'estimated'
          ? await countedEnding(counter, ending, {
              tokenizer: 'o200k_base',
              body: Buffer.alloc(0),
              textTokens: 0,
              templateTokens: 0,
              written,
              ofSchema: told.ofSchema,
            })
          : ending;
      const charge = chargeFor(counted, BOUND, undefined);
      expect(charge.tokens).toBeLessThanOrEqual(BigInt(BOUND.inputTokens + BOUND.outputTokens));
      expect(charge.tokens + charge.tokensInDoubt).toBe(
        ending.kind === 'counted' ? charge.tokens : BigInt(BOUND.inputTokens + BOUND.outputTokens),
      );
      const share = told.known
        ? written.json.length / whole.written.json.length
        : seen.textBytes / whole.seen.textBytes;
      if (ending.kind !== 'estimated' || share === 0 || !(all > 0)) continue;
      const shareOfTokens = told.known ? (await tokensOf(written)) / (await tokensOf(whole.written)) : share;
      const charged = charge.usage?.outputTokens ?? 0;
      cuts.push({
        charged,
        truth: wholeTokens(all * share),
        truthByTokens: wholeTokens(all * shareOfTokens),
      });
    }
    return cuts;
  };

  it('are there', () => {
    expect(all.filter(({ known }) => known).length).toBeGreaterThan(20);
    expect(new Set(all.map(({ dialect }) => dialect)).size).toBe(3);
  });

  it('of a model whose encoding is published are charged on average at most 15 % above, by bytes and by tokens, and hardly ever below', async () => {
    const cuts: Cut[] = [];
    for (const told of all.filter(({ known }) => known)) cuts.push(...(await cutsOf(told, new Experience())));
    const figures = figuresOf(cuts);
    const byTokens = figuresOf(cuts.map(({ charged, truthByTokens: truth }) => ({ charged, truth })));
    process.stdout.write(`cut streams, encoding published: ${JSON.stringify({ ...figures, byTokens })}\n`);
    for (const [from, below] of [
      [0, 2],
      [2, 4],
      [4, 8],
      [8, 16],
      [16, 32],
      [32, 64],
      [64, 128],
      [128, Infinity],
    ] as const) {
      const sized = cuts.filter(({ truth }) => truth > from && truth <= below);
      process.stdout.write(`  truth of ${from} to ${below}: ${JSON.stringify(figuresOf(sized))}\n`);
    }
    expect(figures.cuts).toBeGreaterThan(500);
    expect(figures.above).toBeLessThanOrEqual(0.15);
    expect(figures.mean).toBeLessThanOrEqual(0.15);
    expect(figures.below).toBeLessThanOrEqual(0.01);
    expect(byTokens.mean).toBeLessThanOrEqual(0.15);
    expect(byTokens.below).toBeLessThanOrEqual(0.01);
  }, 120_000);

  it.each(['openai', 'anthropic', 'bedrock'] as const)(
    'of other models that speak %s settle within their bound; how near, is printed',
    async (dialect) => {
      const streams = all.filter((told) => told.dialect === dialect && !told.known);
      const learnt = new Experience();
      for (let round = 0; round < 8; round++)
        for (const told of streams) {
          const { seen, usage } = leftAfter(told, told.frames.length, learnt);
          if (usage) learnt.learn(usage, { textTokens: 0, templateTokens: 0 }, seen);
        }
      const figures = async (experience: Experience) =>
        figuresOf((await Promise.all(streams.map((told) => cutsOf(told, experience)))).flat());
      const printed = { unlearnt: await figures(new Experience()), learnt: await figures(learnt) };
      process.stdout.write(`cut streams of ${dialect}: ${JSON.stringify(printed)}\n`);
      expect(streams.length).toBeGreaterThan(0);
    },
    120_000,
  );
});
