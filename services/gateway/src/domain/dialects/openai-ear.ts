import type { Quirks } from '../quirks';
import type { Usage } from '../usage';
import type { StreamEar } from './dialect';
import { eventJson, isSaid, stringBytes } from './event-text';
import { openaiUsageIn } from './openai-usage';

const DELTA = Buffer.from('"delta"');
/** Where completions have the text that chat has in a delta. */
const TEXT = Buffer.from('"text"');
const DONE = Buffer.from('data: [DONE]');
const DONE_TIGHT = Buffer.from('data:[DONE]');
const ERROR = Buffer.from('data: {"error"');

/** Hears the streams of OpenAI's language. */
export class OpenAiEar implements StreamEar {
  usage: Usage | undefined;
  textBytes = 0;
  ended = false;
  failed = false;

  /** What an event that tells usage has in it. */
  private readonly usageKeys: readonly Buffer[];

  constructor(private readonly quirks: Quirks) {
    const names = quirks.usagePaths.map((path) => path.split('.').at(-1) ?? path);
    this.usageKeys = [...new Set(names)].map((name) => Buffer.from(JSON.stringify(name)));
  }

  hear(event: Buffer): boolean {
    const text = textStart(event);
    if (text >= 0) this.textBytes += stringBytes(event, text);
    else if (event.includes(DONE) || event.includes(DONE_TIGHT)) this.ended = true;
    else if (event.includes(ERROR)) this.failed = true;
    return this.usageKeys.some((key) => isSaid(event, key)) && this.readUsage(event);
  }

  private readUsage(event: Buffer): boolean {
    const chunk = eventJson(event);
    const usage = openaiUsageIn(chunk, this.quirks);
    if (!usage) return false;
    // The last one wins: they are cumulative where there are several.
    this.usage = usage;
    const choices = chunk?.['choices'];
    return !Array.isArray(choices) || choices.length === 0;
  }
}

/** Offset behind the key that generated text stands under; −1 where there is none. */
const textStart = (event: Buffer): number => {
  const delta = event.indexOf(DELTA);
  if (delta >= 0) return delta + DELTA.length;
  const text = event.indexOf(TEXT);
  return text < 0 ? -1 : text + TEXT.length;
};
