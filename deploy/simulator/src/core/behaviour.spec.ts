import { ApiError } from './api-error';
import { behaviourOf } from './behaviour';

describe('behaviourOf', () => {
  it('answers an ordinary model at the documented pace', () => {
    expect(behaviourOf('sim-small', {})).toEqual({
      failure: undefined,
      firstTokenMs: 50,
      intervalMs: 5,
      completionTokens: 64,
      reasoningTokens: undefined,
      toolCalls: undefined,
      preambleTokens: 0,
      promptTokens: undefined,
      status: undefined,
      cutAfter: undefined,
      retryAfterSeconds: 1,
    });
  });

  it('treats any name outside its own like sim-small', () => {
    expect(behaviourOf('gpt-4o-mini', {})).toEqual(behaviourOf('sim-small', {}));
  });

  it('reads settings from the model name', () => {
    const model = 'sim-small;fail=cut;first=0;interval=1;completion=1000;prompt=7;after=3';
    expect(behaviourOf(model, {})).toMatchObject({
      failure: 'cut',
      firstTokenMs: 0,
      intervalMs: 1,
      completionTokens: 1000,
      promptTokens: 7,
      cutAfter: 3,
    });
  });

  it('reads them as a name may have to spell them that has neither sign', () => {
    const model = 'sim-cut__first.0__retry-after.3';
    expect(behaviourOf(model, {})).toEqual(behaviourOf('sim-cut;first=0;retry-after=3', {}));
    expect(() => behaviourOf('sim-small__fist.0', {})).toThrow("Unknown setting 'fist'");
  });

  it('reads the same settings from headers, which win', () => {
    const headers = {
      'x-sim-fail': '429',
      'x-sim-first-token-ms': '9',
      'x-sim-token-interval-ms': '8',
      'x-sim-completion-tokens': '7',
      'x-sim-reasoning-tokens': '3',
      'x-sim-tool-calls': '2',
      'x-sim-preamble-tokens': '1',
      'x-sim-prompt-tokens': '6',
      'x-sim-status': '503',
      'x-sim-cut-after': '5',
      'x-sim-retry-after': '4',
    };
    expect(behaviourOf('sim-cut;first=1;completion=2', headers)).toEqual({
      failure: '429',
      firstTokenMs: 9,
      intervalMs: 8,
      completionTokens: 7,
      reasoningTokens: 3,
      toolCalls: 2,
      preambleTokens: 1,
      promptTokens: 6,
      status: 503,
      cutAfter: 5,
      retryAfterSeconds: 4,
    });
  });

  it.each([
    ['sim-429', '429', 0],
    ['sim-500', '500', 0],
    ['sim-cut', 'cut', 50],
    ['sim-stream-error', 'stream-error', 50],
    ['sim-no-usage', 'no-usage', 50],
    ['sim-filter', 'filter', 50],
    ['sim-slow', 'slow-first-byte', 10_000],
    ['sim-echo-credential', 'echo-credential', 0],
  ])('knows %s', (model, failure, firstTokenMs) => {
    expect(behaviourOf(model, {})).toMatchObject({ failure, firstTokenMs });
  });

  it.each([
    ['sim-typo', 404],
    ['sim-small;frist=1', 400],
    ['sim-small;toString=1', 400],
    ['sim-small;first', 400],
    ['sim-small;first=-1', 400],
    ['sim-small;first=1.5', 400],
    ['sim-small;status=200', 400],
    ['sim-small;fail=maybe', 400],
  ])('refuses %s with %d', (model, status) => {
    expect(() => behaviourOf(model, {})).toThrow(ApiError);
    expect(() => behaviourOf(model, {})).toThrow(expect.objectContaining({ status }));
  });
});
