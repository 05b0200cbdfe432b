import { setTimeout as sleep } from 'node:timers/promises';

/** Where in the course of an append the server dies: while its events come in, or written and unanswered. */
export type Moment = 'receiving' | 'written';

/** What goes wrong in the test server, and how often. Nothing does until asked for. */
export class Faults {
  private answersToLose = 0;
  private answersToDouble = 0;
  private stalledUntil = 0;
  private death: { moment: Moment; appends: number } | undefined;

  /** The next appends are written, but their connection is cut before they are answered. */
  loseAnswers(count: number): void {
    this.answersToLose = count;
  }

  /** The next appends of the batch path are answered twice. */
  answerTwice(count: number): void {
    this.answersToDouble = count;
  }

  /** Nothing is done and nothing answered for so long, beginning now. */
  stall(ms: number): void {
    this.stalledUntil = Date.now() + ms;
  }

  /** The server dies in the course of the n-th append from now. */
  dieAtAppend(appends: number, moment: Moment): void {
    this.death = { moment, appends };
  }

  /** For the server: ends when the server is not stalled. */
  async untilAwake(): Promise<void> {
    for (let left = 1; left > 0;) {
      left = this.stalledUntil - Date.now();
      if (left > 0) await sleep(left);
    }
  }

  /** For the server: whether this answer is to be lost. */
  losesAnswer(): boolean {
    if (this.answersToLose === 0) return false;
    this.answersToLose--;
    return true;
  }

  /** For the server: whether this answer is to come twice. */
  doublesAnswer(): boolean {
    if (this.answersToDouble === 0) return false;
    this.answersToDouble--;
    return true;
  }

  /** For the server: whether it dies here. Each append asks once at each moment. */
  diesAt(moment: Moment): boolean {
    if (this.death?.moment !== moment || --this.death.appends > 0) return false;
    this.death = undefined;
    return true;
  }
}
