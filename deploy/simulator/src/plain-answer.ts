import type { ServerResponse } from 'node:http';
import type { Book, OpenRow, TokenCounter } from './book';
import { plainBody } from './chat-frames';
import type { AnswerHead } from './chat-frames';
import { stepDueMs, stepsDue } from './generation';
import type { Generation } from './generation';

/** A plain answer: it is sent when its last token is due; until then the tokens due are billed. */
export class PlainAnswer implements TokenCounter {
  private readonly startedAt = performance.now();
  private readonly timer: NodeJS.Timeout;
  private readonly row: OpenRow;
  private generated = false;

  constructor(
    private readonly book: Book,
    private readonly head: AnswerHead,
    private readonly generation: Generation,
    private readonly response: ServerResponse,
    requestId: string,
  ) {
    this.row = book.begin(requestId, head.model, generation.promptTokens, this);
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
    const body = plainBody(this.head, this.generation);
    this.response.setHeader('content-type', 'application/json');
    this.response.setHeader('content-length', body.length);
    this.book.end(this.row, !this.generation.cut);
    if (this.generation.cut) {
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
