import type { ServerResponse } from 'node:http';
import type { Book, OpenRow, TokenCounter } from './book';
import { stepDueMs, stepsDue } from './generation';
import type { Generation } from './generation';
import type { Wording } from './wire';

/** A plain answer: it is sent when its last token is due; until then the tokens due are billed. */
export class PlainAnswer implements TokenCounter {
  private readonly startedAt = performance.now();
  private readonly timer: NodeJS.Timeout;
  private readonly row: OpenRow;
  private generated = false;

  constructor(
    private readonly book: Book,
    private readonly wording: Wording,
    private readonly generation: Generation,
    private readonly response: ServerResponse,
    requestId: string,
    model: string,
  ) {
    this.row = book.begin(requestId, model, generation.promptTokens, this);
    this.timer = setTimeout(this.send, stepDueMs(generation, generation.steps));
    response.on('close', this.leave);
  }

  tokensSoFar(): number {
    const { steps, choices } = this.generation;
    if (this.generated) return steps * choices;
    return stepsDue(this.generation, performance.now() - this.startedAt) * choices;
  }

  private readonly send = (): void => {
    // A timer may fire a little early; what is sent is generated all the same.
    this.generated = true;
    const body = this.wording.plain();
    this.response.setHeader('content-type', 'application/json');
    this.response.setHeader('content-length', body.length);
    const cut = this.generation.breaks !== undefined;
    this.book.end(this.row, !cut);
    if (cut) {
      this.response.write(body.slice(0, body.length >> 1), 'latin1', () => this.response.destroy());
    } else {
      this.response.end(body, 'latin1');
    }
  };

  private readonly leave = (): void => {
    clearTimeout(this.timer);
    this.book.end(this.row, false);
  };
}
