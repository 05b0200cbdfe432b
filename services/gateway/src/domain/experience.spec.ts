import * as fc from 'fast-check';
import { outputOfCounted, outputOfCutStream, outputOfWholeAnswer, type StreamSeen } from './estimate';
import { type AnswerSeen, Experience, Experiences } from './experience';
import { NO_USAGE, type Usage } from './usage';

const usage = (inputTokens: number, outputTokens: number, reasoningTokens?: number): Usage => ({
  ...NO_USAGE,
  inputTokens,
  outputTokens,
  ...(reasoningTokens !== undefined && { reasoningTokens }),
});
const prompt = (textTokens: number, templateTokens = 0) => ({ textTokens, templateTokens });
/** 40 tokens of four bytes each, one in 10 ms. */
const seen: AnswerSeen = { streamed: true, choices: 1, textBytes: 160, tookMs: 500, writingMs: 400 };
const taught = (
  times: number,
  told = usage(25, 40),
  textTokens = 100,
  answer = seen,
  templateTokens = 0,
): Experience => {
  const experience = new Experience();
  for (let at = 0; at < times; at++) experience.learn(told, { textTokens, templateTokens }, answer);
  return experience;
};
const cut: StreamSeen = {
  contentBytes: 160,
  choices: 1,
  reasons: false,
  tookMs: 1_000,
  untilTextMs: 100,
  silentMs: 20,
  heldBack: false,
};

describe('what answers have taught of a model', () => {
  it('is nothing while they are few: text is denser than most, and the rate is nobody’s', () => {
    const experience = taught(7);
    expect(experience.inputTokens(prompt(100))).toBe(60);
    expect(outputOfCutStream(cut, experience.pace())).toBe(160 + 64 + 10);
    expect(outputOfCutStream({ ...cut, silentMs: 1_000 }, experience.pace())).toBe(160 + 564);
    expect(outputOfCutStream({ ...cut, choices: 2 }, experience.pace())).toBe(160 + 2 * 74);
    expect(outputOfCutStream({ ...cut, heldBack: true }, experience.pace())).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('is what a prompt and a text of so many bytes come to, and how fast it writes', () => {
    const experience = taught(8);
    expect(experience.inputTokens(prompt(1_000))).toBe(250);
    // 40 of the text; at 0.1 per millisecond, 2 since, and 25 under way.
    expect(outputOfCutStream(cut, experience.pace())).toBe(40 + 27);
  });

  it('errs high: a hundredth may be above it, and it is forgotten in time', () => {
    const experience = taught(125);
    for (let at = 0; at < 3; at++) experience.learn(usage(50, 80), prompt(100), seen);
    expect(experience.inputTokens(prompt(100))).toBe(50);
    for (let at = 0; at < 128; at++) experience.learn(usage(25, 40), prompt(100), seen);
    expect(experience.inputTokens(prompt(100))).toBe(25);
  });

  it('keeps streams and whole answers apart, whose bytes are of another kind', () => {
    const whole = { ...seen, streamed: false, textBytes: 1_600 };
    const pace = taught(16, usage(25, 40), 100, whole).pace();
    expect(outputOfWholeAnswer({ ...cut, contentBytes: 1_600 }, false, pace)).toBe(40);
    expect(outputOfWholeAnswer({ ...cut, contentBytes: 1_600 }, true, pace)).toBe(1_600);
  });

  it('never makes an estimate larger than what was held, nor zero', () => {
    const told = fc.tuple(
      fc.nat({ max: 10_000 }),
      fc.nat({ max: 10_000 }),
      fc.integer({ min: 1, max: 9_999 }),
    );
    fc.assert(
      fc.property(fc.array(told, { maxLength: 40 }), fc.nat({ max: 100_000 }), (answers, held) => {
        const experience = new Experience();
        for (const [input, output, text] of answers)
          experience.learn(usage(input, output), prompt(text), seen);
        expect(experience.inputTokens(prompt(held))).toBeLessThanOrEqual(held + experience.overhead);
        expect(outputOfWholeAnswer({ ...cut, contentBytes: held }, true, experience.pace())).toBeGreaterThan(
          0,
        );
      }),
    );
  });

  it('adds a template that was longer than thought to every bound from then on', () => {
    const experience = taught(1, usage(700, 5), 100);
    expect(experience.overhead).toBe(600);
    // Another that was under way at the same time says it once more.
    experience.learn(usage(700, 5), prompt(100), seen);
    expect(experience.overhead).toBe(600);
  });

  it('learns no template of what was more than text, nor one from a prompt that was held at enough', () => {
    expect(taught(1, usage(5_000, 5), 0).overhead).toBe(0);
    expect(taught(1, usage(100, 5), 100).overhead).toBe(0);
  });

  it('tells what is said of a template from what the text comes to', () => {
    const experience = taught(8, usage(525, 40), 100, seen, 500);
    expect(experience.inputTokens(prompt(1_000, 500))).toBe(750);
    expect(experience.inputTokens(prompt(10, 500))).toBe(503);
    // While nothing is known of the text.
    expect(new Experience().inputTokens(prompt(100, 500))).toBe(560);
  });

  it('is forgotten of the first of many models', () => {
    const experiences = new Experiences();
    const first = experiences.of('int/m');
    expect(experiences.of('int/m')).toBe(first);
    for (let at = 0; at < 1_024; at++) experiences.of(`int/m${at}`);
    expect(experiences.of('int/m')).not.toBe(first);
  });
});

describe('a server that is faster than others', () => {
  const late = { ...cut, silentMs: 1_000 };

  it.each([
    ['nobody says so', 0, 160 + 500 + 64],
    ['its row does', 2_000, 160 + 2_000 + 64],
    ['its row says the contrary', 50, 160 + 50 + 64],
  ])('has its silence counted at its own rate where %s', (_who, tokensPerSecondMax, tokens) =>
    expect(outputOfCutStream(late, new Experience().pace(tokensPerSecondMax))).toBe(tokens),
  );

  it('is as fast as it was seen to be, above its row while answers are few, whatever that says once they are many', () => {
    const fast = { ...seen, tookMs: 100, writingMs: 100 };
    expect(taught(1, usage(25, 300), 100, fast).pace(2_000).tokensPerMs).toBe(3);
    expect(taught(16).pace(2_000).tokensPerMs).toBe(0.1);
  });
});

describe('thoughts that nobody was told', () => {
  const silent = { ...cut, contentBytes: 4, tookMs: 10_000, untilTextMs: 10_000 };

  it('are bounded by the time until a model spoke that may think', () => {
    const pace = new Experience().pace();
    expect(outputOfCutStream({ ...silent, reasons: true }, pace)).toBe(5_000);
    expect(outputOfCutStream(silent, pace)).toBeLessThan(100);
    // It has spoken all the time.
    expect(outputOfCutStream({ ...silent, reasons: true, untilTextMs: 100 }, pace)).toBeLessThan(100);
  });

  it('are bounded by all of the time of one that was seen to hide them, at the fastest that it was seen at', () => {
    const experience = taught(16, usage(25, 60, 20));
    expect(outputOfCutStream({ ...silent, untilTextMs: 100 }, experience.pace())).toBe(1_200);
    expect(outputOfWholeAnswer({ ...silent, untilTextMs: 100 }, true, experience.pace())).toBe(1_200);
  });

  it('come as fast as any answer did, also while answers are few', () => {
    const fast = taught(1, usage(25, 1_000), 100, { ...seen, tookMs: 500 });
    expect(outputOfCutStream({ ...silent, reasons: true }, fast.pace())).toBe(25_000);
    const inOnePiece = taught(1, usage(25, 1_000), 100, { ...seen, tookMs: 50, writingMs: 1 });
    expect(outputOfCutStream({ ...silent, reasons: true }, inOnePiece.pace())).toBe(50_000);
  });
});

describe('text whose tokens are counted', () => {
  const plain = { calls: 0, ofSchema: false };
  const none = { tokens: 0, choices: 1, least: 0, whole: false };

  it.each([
    [0, 1, 1],
    [1, 1, 2],
    [4, 1, 5],
    [100, 1, 103],
    [100, 2, 106],
  ])(
    'is charged, of %d tokens in %d choices, %d: what is around it, and less of that around little',
    (tokens, choices, all) => {
      const text = { tokens, ...plain };
      expect(outputOfCounted(text, { ...none, choices })).toBe(all);
      if (tokens > 0) expect(outputOfCounted(text, { ...none, choices, tokens: 30 })).toBe(all + 30);
      expect(outputOfCounted(text, { ...none, tokens: 30, choices, least: 500 })).toBe(500);
    },
  );

  it.each([
    ['a call', { calls: 1, ofSchema: false }, 1, 13],
    ['two calls at once', { calls: 2, ofSchema: false }, 1, 21],
    ['an answer of a schema', { calls: 0, ofSchema: true }, 1, 6],
    ['two answers of a schema', { calls: 0, ofSchema: true }, 2, 6],
    ['a call where the answer has to be of a schema', { calls: 1, ofSchema: true }, 1, 13],
  ])('has what frames %s', (_what, form, choices, all) => {
    expect(outputOfCounted({ tokens: 4, ...form }, { ...none, choices })).toBe(all);
  });

  it.each([
    [0, 1],
    [1, 2],
    [4, 6],
    [10, 16],
    [100, 108],
  ])(
    'of a schema comes with two tokens more for each five of its %d, until it is all there',
    (tokens, cut) => {
      const text = { tokens, calls: 0, ofSchema: true };
      expect(outputOfCounted(text, none)).toBe(cut);
      expect(outputOfCounted(text, { ...none, whole: true })).toBe(
        outputOfCounted({ tokens, ...plain }, none) + (tokens > 0 ? 5 : 4),
      );
    },
  );
});
