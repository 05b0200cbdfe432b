import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '@gatehouse/kernel/testing';
import { Experience } from '../domain/experience';
import { NO_USAGE } from '../domain/usage';
import { FirstAnswers } from './first-answers';

const seen = { streamed: false, choices: 1, textBytes: 10, tookMs: 10, writingMs: 0 };
const teach = (experience: Experience): void => {
  const usage = { ...NO_USAGE, inputTokens: 25, outputTokens: 5 };
  experience.learn(usage, { textTokens: 100, templateTokens: 0 }, seen);
};

describe('a call that was cut', () => {
  /** Sends so many of one model, of which the first is cut. */
  const cutAmong = (calls: number, { patienceMs = 60_000, bytes = 1 } = {}) => {
    const answers = new FirstAnswers(patienceMs);
    const experience = new Experience();
    for (let call = 0; call < calls; call++) answers.sent(experience);
    let went = 0;
    answers.ended(experience);
    answers.whenTold(experience, bytes, () => went++);
    return { answers, experience, went: () => went };
  };

  it('goes on at once where nobody else is under way', () => expect(cutAmong(1).went()).toBe(1));

  it('waits until enough have told what its model comes to, and goes on once', () => {
    const { answers, experience, went } = cutAmong(12);
    for (let answer = 1; answer <= 10; answer++) {
      teach(experience);
      answers.ended(experience);
      expect(went()).toBe(answer < 8 ? 0 : 1);
    }
    // Of what is known nobody waits any more.
    let another = 0;
    answers.whenTold(experience, 1, () => another++);
    expect(another).toBe(1);
  });

  it('goes on when all have come to their end and told too little', () => {
    const { answers, experience, went } = cutAmong(3);
    answers.ended(experience);
    expect(went()).toBe(0);
    answers.ended(experience);
    expect(went()).toBe(1);
  });

  it('waits only as long as what waits is not too much to be kept', () => {
    const megabyte = 1_048_576;
    const { answers, experience, went } = cutAmong(3, { bytes: 10 * megabyte });
    let another = 0;
    answers.whenTold(experience, 7 * megabyte, () => another++);
    expect([went(), another]).toEqual([0, 1]);
    answers.whenTold(experience, 6 * megabyte, () => another++);
    expect(another).toBe(1);
    answers.ended(experience);
    answers.ended(experience);
    expect([went(), another]).toEqual([1, 2]);
    // What went on is kept no more.
    answers.sent(experience);
    answers.whenTold(experience, 16 * megabyte, () => another++);
    expect(another).toBe(2);
    answers.ended(experience);
  });

  it('waits for none of another model', () => {
    const { answers, experience, went } = cutAmong(2);
    answers.ended(new Experience());
    expect(went()).toBe(0);
    answers.ended(experience);
  });

  it('waits no longer than it may, and goes on once', async () => {
    const { answers, experience, went } = cutAmong(2, { patienceMs: 20 });
    await until(() => went() === 1);
    answers.ended(experience);
    await sleep(30);
    expect(went()).toBe(1);
  });
});
