import type { GeneratedText } from '../../generated-text';
import type { Quirks } from '../../quirks';
import { laterUsage, type Usage } from '../../usage';
import type { StreamEar } from '../dialect';
import { eventJson, isEventNamed, isSaid, stringBytes } from '../event-text';
import { type Json, objectOf } from '../../json-values';
import { HeardUsage } from '../heard-usage';
import { isOpenAiError } from '../openai-errors';
import { QuotedWords, type WordEnds } from '../quoted-words';
import { serviceTierIn } from '../told-usage';
import { openaiUsageIn } from './usage';
import { isWrittenIn } from './written';

const DONE = Buffer.from('[DONE]');
/** An event that says nothing else than that it was the last is no longer than this. */
const DONE_BYTES_MAX = 32;
const QUOTE = 0x22;
/** What some servers write in the place of null, in every event. */
const NO_REASON: ReadonlySet<string> = new Set(['', 'null', 'none']);

/** What events are searched for, each at its place in the list: completions have the text behind another word than chat. */
const WORDS = ['delta', 'text', 'error', 'finish_reason', 'service_tier'] as const;
const [DELTA, TEXT, ERROR, FINISH, TIER] = [0, 1, 2, 3, 4] as const;
const FINISH_REASON = Buffer.from('"finish_reason"');

/** Those, and behind them the keys of what tells usage: the same for all streams that tell it in the same places. */
const SEARCHES = new WeakMap<Quirks['usagePaths'], QuotedWords>();

const searchFor = (usagePaths: Quirks['usagePaths']): QuotedWords => {
  const known = SEARCHES.get(usagePaths);
  if (known) return known;
  const keys = new Set(usagePaths.map((path) => path.split('.').at(-1) ?? path));
  const search = new QuotedWords([...WORDS, ...keys]);
  SEARCHES.set(usagePaths, search);
  return search;
};

/** Hears the streams of OpenAI's language. */
export class OpenAiEar implements StreamEar {
  textBytes = 0;
  ended = false;
  failed = false;
  failureTold = false;

  private readonly heard = new HeardUsage();
  private readonly search: QuotedWords;
  private readonly finishedChoices = new Set<unknown>();
  /** What is seen at the first event that has something; roles, and words around them, are bytes as well. */
  private isWritten = false;
  /** Some say it with their first event alone. */
  private tier: string | undefined;

  /**
   * @param choices answers that were asked for.
   * @param written where to keep what the model writes.
   */
  constructor(
    private readonly quirks: Quirks,
    private readonly choices: number,
    private readonly written?: GeneratedText,
  ) {
    this.search = searchFor(quirks.usagePaths);
  }

  get usage(): Usage | undefined {
    const { usage } = this.heard;
    return usage && this.tier !== undefined ? { serviceTier: this.tier, ...usage } : usage;
  }

  get usageIsPart(): boolean {
    return this.heard.isPartOf(this.textBytes, this.isWritten);
  }

  get finished(): boolean {
    return this.finishedChoices.size >= this.choices;
  }

  hear(event: Buffer): boolean {
    const ends = this.search.endsIn(event);
    const { first } = ends;
    const text = first[DELTA] === -1 ? first[TEXT] : first[DELTA];
    if (text !== -1) this.readText(event, text as number);
    else if (event.length <= DONE_BYTES_MAX && event.includes(DONE)) this.ended = true;
    if (first[ERROR] !== -1 || isEventNamed(event, 'error')) this.readError(event);
    if (this.tier === undefined && isText(event, first[TIER])) this.readTier(eventJson(event));
    if (isFinish(event, ends)) this.readFinish(eventJson(event));
    return saysUsage(event, ends) && this.readUsage(event);
  }

  /** Behind the usage may come what is no text: judgements of it, or words around nothing. */
  private readText(event: Buffer, from: number): void {
    const { usage } = this.heard;
    const isWritten = (this.isWritten && !usage) || isWrittenIn(eventJson(event));
    if (usage && !isWritten) return;
    this.textBytes += stringBytes(event, from, this.written);
    this.isWritten ||= isWritten;
  }

  private readTier(chunk: Json | undefined): void {
    this.tier = serviceTierIn(chunk?.['service_tier']).serviceTier;
  }

  private readError(event: Buffer): void {
    const said = eventJson(event);
    if (!isOpenAiError(said) && !isEventNamed(event, 'error')) return;
    this.failed = true;
    this.failureTold ||= objectOf(said)['error'] !== undefined;
  }

  private readFinish(chunk: Json | undefined): void {
    for (const choice of choicesIn(chunk)) {
      const reason = choice['finish_reason'];
      if (typeof reason !== 'string' || NO_REASON.has(reason)) continue;
      this.finishedChoices.add(choice['index'] ?? 0);
      this.failed ||= reason === 'error';
    }
  }

  private readUsage(event: Buffer): boolean {
    const chunk = eventJson(event);
    const usage = openaiUsageIn(chunk, this.quirks);
    if (!usage) return false;
    this.heard.tell(laterUsage(this.usage, usage), this);
    return choicesIn(chunk).length === 0 && !isOpenAiError(chunk);
  }
}

const choicesIn = (chunk: Json | undefined): readonly Json[] => {
  const choices = chunk?.['choices'];
  return Array.isArray(choices) ? choices.map(objectOf) : [];
};

/** Whether some choice of an event says why it ended, as nearly as can be told without parsing. */
const isFinish = (event: Buffer, { first, last }: WordEnds): boolean => {
  for (let end = first[FINISH] as number; end >= 0; end = nextFinish(event, end, last[FINISH] as number)) {
    if (isText(event, end)) return true;
  }
  return false;
};

/** Whether a text stands behind a key, as nearly as can be told without parsing; −1 for a key that is not there. */
const isText = (event: Buffer, behindKey = -1): boolean => {
  if (behindKey === -1) return false;
  let value = behindKey;
  while (event[value] === 0x3a || event[value] === 0x20) value++;
  return event[value] === QUOTE;
};

const nextFinish = (event: Buffer, end: number, last: number): number =>
  end === last ? -1 : event.indexOf(FINISH_REASON, end) + FINISH_REASON.length;

/** Whether an event has a key of what tells usage, and something behind it. */
const saysUsage = (event: Buffer, { first }: WordEnds): boolean => {
  for (let key = WORDS.length; key < first.length; key++)
    if (first[key] !== -1 && isSaid(event, first[key] as number)) return true;
  return false;
};
