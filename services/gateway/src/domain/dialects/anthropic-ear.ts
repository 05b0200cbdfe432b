import { NO_USAGE, type Usage } from '../usage';
import { anthropicUsageIn } from './anthropic-usage';
import type { StreamEar } from './dialect';
import { eventJson, stringBytes } from './event-text';
import { objectOf } from './json-values';

const DELTA = Buffer.from('"delta"');
const CONTENT_DELTA = Buffer.from('"content_block_delta"');
const USAGE = Buffer.from('"usage"');
const STOP = Buffer.from('"message_stop"');
const ERROR = Buffer.from('"type":"error"');
const ERROR_EVENT = Buffer.from('event: error');

/**
 * Hears the streams of Anthropic's messages. Their usage comes in parts: the input with `message_start`, the output, counted
 * from the beginning, with each `message_delta`.
 */
export class AnthropicEar implements StreamEar {
  usage: Usage | undefined;
  textBytes = 0;
  ended = false;
  failed = false;

  private parts: Readonly<Record<string, unknown>> = {};

  hear(event: Buffer): boolean {
    if (event.includes(CONTENT_DELTA)) {
      const delta = event.indexOf(DELTA);
      this.textBytes += stringBytes(event, delta < 0 ? 0 : delta + DELTA.length);
    } else if (event.includes(STOP)) this.ended = true;
    else if (event.includes(ERROR_EVENT) || event.includes(ERROR)) this.failed = true;
    else if (event.includes(USAGE)) this.readUsage(event);
    return false;
  }

  private readUsage(event: Buffer): void {
    const said = eventJson(event);
    const usage = objectOf(said?.['usage'] ?? objectOf(said?.['message'])['usage']);
    this.parts = { ...this.parts, ...known(usage) };
    this.usage = anthropicUsageIn({ usage: this.parts }) ?? this.usage ?? NO_USAGE;
  }
}

/** What is null was said before, or never is. */
const known = (usage: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== null && value !== undefined));
