import { ConnectionFailed, type ConnectionResult } from '../domain/connection/connection-result';
import { judgeAnswer, type ProbeAnswer } from '../domain/connection/judge-answer';
import { Secrets } from '../domain/secrets';
import type { ProbeCredentials, Probes, ProbeTarget } from './egress.ports';

/** What came of a try, and the names that the provider lists. */
export interface Tried {
  readonly result: ConnectionResult;
  readonly modelNames: readonly string[];
}

/**
 * Tries credentials at their providers. Whatever happens is an outcome; nothing that a provider or a library says goes
 * on, but for the names of models, and those not where the credential is in one of them.
 */
export class Egress {
  constructor(
    private readonly credentials: ProbeCredentials,
    private readonly probes: Probes,
  ) {}

  async try(target: ProbeTarget): Promise<Tried> {
    try {
      return await this.ask(target);
    } catch (error) {
      if (!(error instanceof ConnectionFailed)) throw error;
      return { result: { outcome: error.outcome, httpStatus: 0, detail: error.detail }, modelNames: [] };
    }
  }

  private async ask(target: ProbeTarget): Promise<Tried> {
    const identity = await this.credentials.identify(target);
    const secrets = new Secrets(identity.secrets);
    try {
      const answer = await this.probes.get(target, { ...target.headers, ...identity.headers });
      const tried = judged(answer, target, secrets);
      const proves = Object.keys(identity.headers).length > 0;
      return tried.result.outcome === 'works' && proves && (await this.answersAnybody(target))
        ? { ...tried, result: { ...tried.result, outcome: 'answers-anybody' } }
        : tried;
    } finally {
      secrets.drop();
    }
  }

  /** Many list their models to whoever asks: then the list proves nothing of the credential. */
  private async answersAnybody(target: ProbeTarget): Promise<boolean> {
    try {
      const { status } = await this.probes.get(target, target.headers);
      return status >= 200 && status < 300;
    } catch (error) {
      if (!(error instanceof ConnectionFailed)) throw error;
      return false;
    }
  }
}

const judged = (answer: ProbeAnswer, { shape }: ProbeTarget, secrets: Secrets): Tried => {
  const { outcome, modelNames } = judgeAnswer(answer, shape);
  const echoes = modelNames.some((name) => secrets.occurInText(name));
  return {
    result: { outcome: echoes ? 'answer-not-understood' : outcome, httpStatus: answer.status, detail: '' },
    modelNames: echoes ? [] : modelNames,
  };
};
