import type { Usage } from '../../usage';
import { bedrockUsageIn } from './usage';
import type { StreamEar } from '../dialect';
import { stringBytes } from '../event-text';
import { HeardUsage } from '../heard-usage';
import { jsonObjectIn } from '../../json-values';

const LF = 0x0a;
const DELTA = Buffer.from('"delta"');

/** An event of ConverseStream as ears hear it: its type, a line feed, its payload. */
export const heardEvent = (type: string, payload: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${type}\n`), payload]);

/** Hears the streams of Converse. Their usage follows the end of the message. */
export class BedrockEar implements StreamEar {
  textBytes = 0;
  finished = false;
  ended = false;
  failed = false;
  /** Its exceptions are frames of their own; whoever reads another language is told in that. */
  readonly failureTold = false;

  private readonly heard = new HeardUsage();

  get usage(): Usage | undefined {
    return this.heard.usage;
  }

  get usageIsPart(): boolean {
    return this.heard.isPartOf(this.textBytes, this.textBytes > 0);
  }

  hear(event: Buffer): boolean {
    const payload = event.subarray(event.indexOf(LF) + 1);
    switch (event.toString('latin1', 0, event.length - payload.length - 1)) {
      case 'contentBlockDelta':
        this.textBytes += stringBytes(payload, Math.max(0, payload.indexOf(DELTA)));
        return false;
      case 'metadata':
        this.ended = true;
        this.readUsage(payload);
        return true;
      case 'messageStart':
      case 'contentBlockStart':
      case 'contentBlockStop':
        return false;
      case 'messageStop':
        this.finished = true;
        return false;
      default:
        this.failed ||= event.includes('xception\n');
        return false;
    }
  }

  private readUsage(payload: Buffer): void {
    const usage = bedrockUsageIn(jsonObjectIn(payload));
    if (usage) this.heard.tell(usage, this);
  }
}
