import type { Usage } from './usage';

/** How many of the latest answers are remembered. */
const KEPT = 128;
/** Fewer say nothing yet. */
const KNOWN_FROM = 8;
/** No more than one answer in a hundred is above what is taken for all. */
const HIGH = 0.99;

/** Tokens per byte of a prompt of a model of which nothing is known: twice what prose and code come to. Holding takes one. */
const INPUT_UNKNOWN = 0.6;
/** Tokens per millisecond and choice that no model exceeds of which nothing else is known. */
const RATE_UNKNOWN = 0.5;
/** Who gives an answer in one piece was not that fast. */
const RATE_MAX = 5;
/** A shorter answer tells nothing of how fast it was written: in tokens, and in milliseconds. */
const MEASURED_TOKENS = 16;
const MEASURED_MS = 50;

/** The latest values of something, in bounded memory. */
class Latest {
  private readonly values = new Float64Array(KEPT);
  private count = 0;

  add(value: number): void {
    this.values[this.count++ % KEPT] = value;
  }

  get isKnown(): boolean {
    return this.count >= KNOWN_FROM;
  }

  /** What hardly any of them is above; undefined while there are few. */
  get high(): number | undefined {
    if (!this.isKnown) return undefined;
    const known = this.values.slice(0, Math.min(this.count, KEPT)).sort();
    return known[Math.ceil(HIGH * known.length) - 1];
  }
}

/** What was seen of an answer, beside what its provider counted. */
export interface AnswerSeen {
  readonly streamed: boolean;
  readonly choices: number;
  /** Of its text, where it was streamed; else of all of it. */
  readonly textBytes: number;
  /** Milliseconds from the sending of the request to its end, and from its first text to its last. */
  readonly tookMs: number;
  readonly writingMs: number;
}

/** What is known of a prompt beside what its provider counted. */
export interface PromptSeen {
  /** What it was held at, the overhead apart, where it is text alone; 0 elsewhere. */
  readonly textTokens: number;
  /** What its model's server is said to put around every prompt. */
  readonly templateTokens: number;
}

/** How a model writes, as far as it is known: what an answer is judged by whose usage never came. */
export interface Pace {
  /** Output tokens per byte of text, and per byte of a whole answer. At most 1 while nothing is known. */
  readonly streamed: number;
  readonly whole: number;
  /** Per choice. */
  readonly tokensPerMs: number;
  /** Whether that was seen, and is no guess. */
  readonly isMeasured: boolean;
  /** It was seen to think without saying so. */
  readonly hidesThought: boolean;
}

/**
 * What answers of one model of an integration have taught, kept in bounded memory: the truth of those whose usage was told is
 * what others are charged by. It lowers no bound.
 */
export class Experience {
  /** Tokens of the longest template so far that was longer than a bound had room for: every bound has it from then on. */
  overhead = 0;

  private readonly input = new Latest();
  private readonly streamed = new Latest();
  private readonly whole = new Latest();
  private measured = 0;
  private fastest = 0;
  private hidesThought = false;

  learn(usage: Usage, { textTokens, templateTokens }: PromptSeen, seen: AnswerSeen): void {
    const { inputTokens, outputTokens, reasoningTokens = 0 } = usage;
    if (textTokens > 0 && inputTokens > 0) {
      this.input.add(Math.max(0, inputTokens - templateTokens) / textTokens);
      this.overhead = Math.max(this.overhead, inputTokens - textTokens);
    }
    if (seen.textBytes > 0 && outputTokens > reasoningTokens)
      (seen.streamed ? this.streamed : this.whole).add((outputTokens - reasoningTokens) / seen.textBytes);
    this.hidesThought ||= reasoningTokens > 0;
    if (seen.streamed && outputTokens >= MEASURED_TOKENS) this.measure(outputTokens, reasoningTokens, seen);
  }

  /** Whether enough answers have told what a prompt comes to. */
  get knowsPrompts(): boolean {
    return this.input.isKnown;
  }

  /** What a prompt of text that was held at so much, and the overhead, is charged where nobody told; never more than that. */
  inputTokens({ textTokens, templateTokens }: PromptSeen): number {
    const held = textTokens + Math.max(this.overhead, templateTokens);
    return Math.min(held, templateTokens + Math.ceil((this.input.high ?? INPUT_UNKNOWN) * textTokens));
  }

  /** @param tokensPerSecondMax the fastest that its provider is known for; 0: nobody says. */
  pace(tokensPerSecondMax = 0): Pace {
    const isMeasured = this.measured >= KNOWN_FROM;
    const unmeasured = tokensPerSecondMax > 0 ? tokensPerSecondMax / 1_000 : RATE_UNKNOWN;
    return {
      streamed: this.streamed.high ?? 1,
      whole: this.whole.high ?? 1,
      tokensPerMs: isMeasured ? this.fastest : Math.max(unmeasured, this.fastest),
      isMeasured,
      hidesThought: this.hidesThought,
    };
  }

  private measure(
    outputTokens: number,
    reasoningTokens: number,
    { choices, tookMs, writingMs }: AnswerSeen,
  ): void {
    const rateOf = (tokens: number, ms: number): number => (ms >= MEASURED_MS ? tokens / ms / choices : 0);
    const rate = Math.max(rateOf(outputTokens, tookMs), rateOf(outputTokens - reasoningTokens, writingMs));
    if (rate === 0) return;
    this.measured++;
    this.fastest = Math.min(RATE_MAX, Math.max(this.fastest, rate));
  }
}

/** Models that are remembered; who was learnt first is forgotten first. */
const MODELS_MAX = 1_024;

/** The experience with each model, by integration. */
export class Experiences {
  private readonly known = new Map<string, Experience>();

  /** @param id of the model and its integration. */
  of(id: string): Experience {
    const known = this.known.get(id);
    if (known) return known;
    const [first] = this.known.size >= MODELS_MAX ? this.known.keys() : [];
    if (first !== undefined) this.known.delete(first);
    const made = new Experience();
    this.known.set(id, made);
    return made;
  }
}
