import type { Experience } from '../domain/experience';

/** How long who was cut waits for them, in milliseconds. */
const PATIENCE_MS = 2_000;
/** Of the requests of all who wait, which are kept until then: beyond that nobody waits. */
const BYTES_MAX = 16 * 1_048_576;

/** The calls of one model. */
interface Calls {
  underWay: number;
  /** Absent where nobody ever waited. */
  waiting: Set<() => void> | undefined;
}

/**
 * The first answers of a model tell what a call of it is charged that was cut: where some are under way, it is not charged
 * before they have, within two seconds.
 */
export class FirstAnswers {
  private readonly models = new Map<Experience, Calls>();
  private bytes = 0;

  constructor(private readonly patienceMs = PATIENCE_MS) {}

  /** A call has gone out, whose answer may tell. */
  sent(experience: Experience): void {
    const calls = this.models.get(experience);
    if (calls) calls.underWay++;
    else this.models.set(experience, { underWay: 1, waiting: undefined });
  }

  /** It has come to its end, and told what it could. */
  ended(experience: Experience): void {
    const calls = this.models.get(experience);
    if (!calls) return;
    calls.underWay--;
    if (calls.underWay === 0) this.models.delete(experience);
    if (calls.underWay > 0 && !experience.knowsPrompts) return;
    for (const go of [...(calls.waiting ?? [])]) go();
  }

  /**
   * Goes on at once where the model is known, nobody is under way who could tell, or too much is kept already.
   *
   * @param bytes of the request.
   */
  whenTold(experience: Experience, bytes: number, goOn: () => void): void {
    const calls = this.models.get(experience);
    if (!calls || experience.knowsPrompts || this.bytes + bytes > BYTES_MAX) return goOn();
    const waiting = (calls.waiting ??= new Set());
    this.bytes += bytes;
    const go = (): void => {
      clearTimeout(timer);
      waiting.delete(go);
      this.bytes -= bytes;
      goOn();
    };
    const timer = setTimeout(go, this.patienceMs);
    waiting.add(go);
  }
}
