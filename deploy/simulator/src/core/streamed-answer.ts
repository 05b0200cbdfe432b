import type { ServerResponse } from 'node:http';
import type { Book, OpenRow, TokenCounter } from './book';
import { ChunkedWriter } from './chunked-writer';
import { stepDueMs, stepsDue } from './generation';
import type { Generation } from './generation';
import type { Wording } from './wire';

/** At most so many tokens go in one write, so that a stream without a pace does not starve the others. */
const TOKENS_PER_WRITE_MAX = 256;

/**
 * A streamed answer. Each time its timer fires it writes every token that is due by then, in one write: late
 * timers do not slow the pace. A client that does not read stops the generation until it does.
 */
export class StreamedAnswer implements TokenCounter {
  private readonly startedAt = performance.now();
  private readonly stepsPerWriteMax: number;
  private readonly row: OpenRow;
  private readonly writer: ChunkedWriter;
  private timer: NodeJS.Timeout | undefined;
  private stepsWritten = 0;
  private over = false;

  constructor(
    private readonly book: Book,
    private readonly wording: Wording,
    private readonly generation: Generation,
    private readonly response: ServerResponse,
    requestId: string,
    model: string,
  ) {
    this.stepsPerWriteMax = Math.max(1, Math.floor(TOKENS_PER_WRITE_MAX / generation.choices));
    this.row = book.begin(requestId, model, generation.promptTokens, this);
    response.on('close', this.leave);
    this.writer = new ChunkedWriter(response, this.advance);
    this.wait();
  }

  tokensSoFar(): number {
    return this.stepsWritten * this.generation.choices;
  }

  private wait(): void {
    const due = stepDueMs(this.generation, this.stepsWritten + 1);
    const ms = due - (performance.now() - this.startedAt);
    if (ms <= 0) setImmediate(this.advance);
    else this.timer = setTimeout(this.advance, Math.ceil(ms));
  }

  private readonly advance = (): void => {
    if (this.over) return;
    const { generation, wording } = this;
    const elapsed = performance.now() - this.startedAt;
    if (elapsed < generation.firstTokenMs) return this.wait();
    const steps = Math.min(stepsDue(generation, elapsed) - this.stepsWritten, this.stepsPerWriteMax);
    const text = (this.response.headersSent ? '' : this.open()) + wording.tokens(this.stepsWritten, steps);
    // Counted before it is sent: the book never knows less than the client.
    this.stepsWritten += steps;
    if (this.stepsWritten === generation.steps) this.finish(text);
    else if (text === '' || this.writer.write(text)) this.wait();
  };

  private open(): string {
    this.response.writeHead(200, {
      'content-type': this.wording.streamType,
      'cache-control': 'no-cache',
    });
    return this.wording.opening();
  }

  private finish(text: string): void {
    const { breaks } = this.generation;
    this.over = true;
    this.book.end(this.row, breaks === undefined);
    if (breaks === 'cut') this.response.write(text, 'latin1', () => this.response.destroy());
    else if (breaks) this.response.end(text + this.wording.failing(), 'latin1');
    else this.response.end(text + this.wording.closing(), 'latin1');
  }

  private readonly leave = (): void => {
    this.over = true;
    clearTimeout(this.timer);
    this.book.end(this.row, false);
  };
}
