import type { GeneratedText } from '../../generated-text';
import type { Quirks } from '../../quirks';
import { laterUsage, type Usage } from '../../usage';
import type { StreamEar } from '../dialect';
import { eventJson, isEventNamed, isSaid, stringBytes } from '../event-text';
import { type Json, objectOf } from '../json-values';
import { isOpenAiError } from '../openai-errors';
import { openaiUsageIn } from './usage';

const DELTA = Buffer.from('"delta"');
/** Where completions have the text that chat has in a delta. */
const TEXT = Buffer.from('"text"');
const DONE = Buffer.from('[DONE]');
/** An event that says nothing else than that it was the last is no longer than this. */
const DONE_BYTES_MAX = 32;
const ERROR = Buffer.from('"error"');
const FINISH = Buffer.from('"finish_reason"');
const QUOTE = 0x22;
/** What some servers write in the place of null, in every event. */
const NO_REASON: ReadonlySet<string> = new Set(['', 'null', 'none']);

/** Hears the streams of OpenAI's language. */
export class OpenAiEar implements StreamEar {
  usage: Usage | undefined;
  textBytes = 0;
  ended = false;
  failed = false;
  failureTold = false;

  /** What an event that tells usage has in it. */
  private readonly usageKeys: readonly Buffer[];
  private readonly finishedChoices = new Set<unknown>();

  /**
   * @param choices answers that were asked for.
   * @param written where to keep what the model writes.
   */
  constructor(
    private readonly quirks: Quirks,
    private readonly choices: number,
    private readonly written?: GeneratedText,
  ) {
    const names = quirks.usagePaths.map((path) => path.split('.').at(-1) ?? path);
    this.usageKeys = [...new Set(names)].map((name) => Buffer.from(JSON.stringify(name)));
  }

  get finished(): boolean {
    return this.finishedChoices.size >= this.choices;
  }

  hear(event: Buffer): boolean {
    const text = textStart(event);
    if (text >= 0) this.textBytes += stringBytes(event, text, this.written);
    else if (event.length <= DONE_BYTES_MAX && event.includes(DONE)) this.ended = true;
    if (event.includes(ERROR) || isEventNamed(event, 'error')) this.readError(event);
    if (isFinish(event)) this.readFinish(eventJson(event));
    return this.usageKeys.some((key) => isSaid(event, key)) && this.readUsage(event);
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
    this.usage = laterUsage(this.usage, usage);
    return choicesIn(chunk).length === 0;
  }
}

const choicesIn = (chunk: Json | undefined): readonly Json[] => {
  const choices = chunk?.['choices'];
  return Array.isArray(choices) ? choices.map(objectOf) : [];
};

/** Offset behind the key that generated text stands under; −1 where there is none. */
const textStart = (event: Buffer): number => {
  const delta = event.indexOf(DELTA);
  if (delta >= 0) return delta + DELTA.length;
  const text = event.indexOf(TEXT);
  return text < 0 ? -1 : text + TEXT.length;
};

/** Whether some choice of an event says why it ended, as nearly as can be told without parsing. */
const isFinish = (event: Buffer): boolean => {
  for (let at = event.indexOf(FINISH); at >= 0; at = event.indexOf(FINISH, at + 1)) {
    let value = at + FINISH.length;
    while (event[value] === 0x3a || event[value] === 0x20) value++;
    if (event[value] === QUOTE) return true;
  }
  return false;
};
