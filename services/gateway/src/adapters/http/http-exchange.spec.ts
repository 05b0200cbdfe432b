import { SystemRandom } from '@gatehouse/platform';
import { COMMON_WORDS } from '../../domain/surfaces';
import { FakeAnswer } from '../../testing/fake-answer';
import { HttpExchange } from './http-exchange';

const DEADLINE_MS = 1_000;

describe('an exchange', () => {
  it('ends the connection of who does not take what has ended, and of nobody whose answer is under way', () => {
    const answer = new FakeAnswer();
    const request = { method: 'POST', body: Buffer.alloc(0) };
    const log = { error: () => undefined };
    const exchange = new HttpExchange(request, () => answer, new SystemRandom(), log, {}, COMMON_WORDS);
    const endsAt = (now: number): boolean => {
      exchange.look(now, DEADLINE_MS);
      return answer.destroyed;
    };
    expect(endsAt(0)).toBe(false);
    answer.start(200);
    const endedBy = 5 * DEADLINE_MS;
    expect(endsAt(endedBy - 1)).toBe(false);
    answer.end();
    expect(endsAt(endedBy)).toBe(false);
    expect(endsAt(endedBy + DEADLINE_MS - 1)).toBe(false);
    expect(endsAt(endedBy + DEADLINE_MS)).toBe(true);
  });
});
