import type { Usage } from '../../usage';
import { anthropicUsageIn, toldAfter, toldIn } from './usage';
import type { StreamEar } from '../dialect';
import { eventJson, isEventNamed, isOfType, stringBytes } from '../event-text';
import { HeardUsage } from '../heard-usage';
import { type Json, objectOf } from '../../json-values';

const DELTA = Buffer.from('"delta"');
const CONTENT_DELTA = Buffer.from('"content_block_delta"');

/**
 * Hears the streams of Anthropic's messages. Their usage comes in parts: the input with `message_start`, the output, counted
 * from the beginning, with each `message_delta`.
 */
export class AnthropicEar implements StreamEar {
  textBytes = 0;
  finished = false;
  ended = false;
  failed = false;
  failureTold = false;

  private readonly heard = new HeardUsage();
  private parts: Json = {};

  get usage(): Usage | undefined {
    return this.heard.usage;
  }

  get usageIsPart(): boolean {
    return this.heard.isPartOf(this.textBytes, this.textBytes > 0);
  }

  /** By its type and not by words in it: names of tools and stop sequences are the client's. */
  hear(event: Buffer): boolean {
    if (isOfType(event, CONTENT_DELTA)) this.readText(event);
    else this.read(event, eventJson(event));
    return false;
  }

  private read(event: Buffer, said: Json | undefined): void {
    switch (said?.['type']) {
      case 'content_block_delta':
        return this.readText(event);
      case 'message_stop':
        this.ended = true;
        return;
      case 'error':
        return this.readError(event);
      default:
        // As clients take it, an error is in an event of that name.
        if (isEventNamed(event, 'error')) this.readError(event);
        else if (said) this.readUsage(said);
    }
  }

  private readText(event: Buffer): void {
    const delta = event.indexOf(DELTA);
    this.textBytes += stringBytes(event, delta < 0 ? 0 : delta + DELTA.length);
  }

  private readError(event: Buffer): void {
    this.failed = true;
    this.failureTold ||= isEventNamed(event, 'error');
  }

  private readUsage(said: Json): void {
    this.finished ||= typeof objectOf(said['delta'])['stop_reason'] === 'string';
    const told = toldIn(objectOf(said['usage'] ?? objectOf(said['message'])['usage']));
    if (Object.keys(told).length === 0) return;
    this.parts = toldAfter(this.parts, told);
    const usage = anthropicUsageIn({ usage: this.parts });
    if (!usage) return;
    // Whatever else is told says nothing of what was written since.
    if (told['output_tokens'] === undefined) this.heard.usage = usage;
    else this.heard.tell(usage, this);
  }
}
