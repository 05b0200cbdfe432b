import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** Get ready; begin; tell how far you have come. */
type Word = 'get ready' | 'begin' | 'how far';

/** One side of a bench in a process of its own, so that what it does is not measured as another's. */
export class BenchChild<Order extends object> {
  private readonly child: ChildProcess;
  private readonly ended: Promise<never>;

  /** @param script beside this file, without its extension. */
  constructor(script: string) {
    this.child = fork(join(__dirname, `${script}.js`));
    this.ended = once(this.child, 'exit').then(() => {
      throw new Error(`${script} has ended`);
    });
    this.ended.catch(() => undefined);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  tell(order: Order): void {
    this.child.send(order);
  }

  /** What it answers to an order, or to a word that it knows. Rejects when it ends instead. */
  async ask<Answer>(order: Order | Word): Promise<Answer> {
    const answer = once(this.child, 'message');
    this.child.send(order);
    return ((await Promise.race([answer, this.ended])) as [Answer])[0];
  }

  async stop(): Promise<void> {
    if (this.child.connected) this.child.disconnect();
    await this.ended.catch(() => undefined);
  }
}
