import { ExchangeAnswer } from '../adapters/http/exchange-ends';

/** An answer to nobody. It has left when it is told so. */
export class FakeAnswer extends ExchangeAnswer {
  left = false;
  started = false;
  status = 0;
  destroyed = false;

  start(status: number): void {
    this.started = true;
    this.status = status;
  }

  write(): boolean {
    return true;
  }

  end(): void {
    this.ended = true;
    this.letGo();
  }

  destroy(): void {
    this.destroyed = true;
  }

  destroyWhenEnded(): void {}
}
