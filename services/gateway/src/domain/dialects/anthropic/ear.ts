import { NO_USAGE, type Usage } from '../../usage';
import { anthropicUsageIn } from './usage';
import type { StreamEar } from '../dialect';
import { eventJson, isEventNamed, stringBytes } from '../event-text';
import { objectOf } from '../json-values';

const DELTA = Buffer.from('"delta"');
const CONTENT_DELTA = Buffer.from('"content_block_delta"');
const USAGE = Buffer.from('"usage"');
const STOP = Buffer.from('"message_stop"');
const ERROR = Buffer.from('"error"');

/**
 * Hears the streams of Anthropic's messages. Their usage comes in parts: the input with `message_start`, the output, counted
 * from the beginning, with each `message_delta`.
 */
export class AnthropicEar implements StreamEar {
  usage: Usage | undefined;
  textBytes = 0;
  finished = false;
  ended = false;
  failed = false;
  failureTold = false;

  private parts: Readonly<Record<string, unknown>> = {};

  hear(event: Buffer): boolean {
    if (event.includes(CONTENT_DELTA)) {
      const delta = event.indexOf(DELTA);
      this.textBytes += stringBytes(event, delta < 0 ? 0 : delta + DELTA.length);
    } else if (event.includes(STOP)) this.ended = true;
    else if (isEventNamed(event, 'error') || event.includes(ERROR)) this.readError(event);
    else if (event.includes(USAGE)) this.readUsage(event);
    return false;
  }

  /** As clients take it, an error is in an event of that name. */
  private readError(event: Buffer): void {
    if (eventJson(event)?.['type'] !== 'error' && !isEventNamed(event, 'error')) return;
    this.failed = true;
    this.failureTold ||= isEventNamed(event, 'error');
  }

  private readUsage(event: Buffer): void {
    const said = eventJson(event);
    this.finished ||= typeof objectOf(said?.['delta'])['stop_reason'] === 'string';
    const usage = objectOf(said?.['usage'] ?? objectOf(said?.['message'])['usage']);
    this.parts = { ...this.parts, ...known(usage) };
    this.usage = anthropicUsageIn({ usage: this.parts }) ?? this.usage ?? NO_USAGE;
  }
}

/** What is null was said before, or never is. */
const known = (usage: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== null && value !== undefined));
