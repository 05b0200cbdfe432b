import { behaviourOf } from './behaviour';
import { parseChatRequest } from '../openai-chat/chat-request';
import { planGeneration, stepDueMs, stepsDue } from './generation';
import type { Generation } from './generation';

const plan = (model: string, body: object = {}): Generation => {
  const chat = parseChatRequest({ model, messages: [{ role: 'user', content: 'hello' }], ...body });
  return planGeneration(chat, behaviourOf(model, {}));
};

describe('planGeneration', () => {
  it('generates 64 tokens, unless the output limit is lower', () => {
    expect(plan('sim-small')).toMatchObject({ promptTokens: 2, steps: 64, finish: 'stop' });
    expect(plan('sim-small', { max_tokens: 64 })).toMatchObject({ steps: 64, finish: 'stop' });
    expect(plan('sim-small', { max_tokens: 10 })).toMatchObject({ steps: 10, finish: 'length' });
    expect(plan('sim-small', { max_completion_tokens: 1000 })).toMatchObject({ steps: 64 });
  });

  it('never generates more than the output limit', () => {
    expect(plan('sim-small;completion=1000')).toMatchObject({ steps: 1000, finish: 'stop' });
    expect(plan('sim-small;completion=1000', { max_tokens: 7 })).toMatchObject({ steps: 7 });
  });

  it('cuts in the middle, or where it is told', () => {
    expect(plan('sim-cut')).toMatchObject({ steps: 32, breaks: 'cut' });
    expect(plan('sim-cut;after=3')).toMatchObject({ steps: 3, breaks: 'cut' });
    expect(plan('sim-cut;after=300')).toMatchObject({ steps: 64, breaks: 'cut' });
  });
});

describe('pace', () => {
  const generation = plan('sim-small;first=50;interval=5;completion=4');

  it('has the first token due after the first delay, then one per interval', () => {
    expect([0, 49.9, 50, 54.9, 55, 64.9, 65, 1000].map((ms) => stepsDue(generation, ms))).toEqual([
      0, 0, 1, 1, 2, 3, 4, 4,
    ]);
    expect([0, 1, 2, 4].map((step) => stepDueMs(generation, step))).toEqual([50, 50, 55, 65]);
  });

  it('has everything due at once without an interval', () => {
    expect(stepsDue(plan('sim-small;first=0;interval=0'), 0)).toBe(64);
  });
});
