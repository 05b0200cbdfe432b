import { FixedClock } from '@gatehouse/kernel';
import { type EndedRequest, RequestLog } from './request-log';

const KEY = {
  id: 'key_a',
  workspaceId: 'ws_a',
  organizationId: 'org_a',
} as unknown as NonNullable<EndedRequest['key']>;
const SECOND_MS = 1_000;

describe('the log of requests', () => {
  const lines: [object, string][] = [];
  const clock = new FixedClock(new Date('2026-01-01'));
  const logOf = (oneIn: number): RequestLog =>
    new RequestLog({ info: (fields, message) => void lines.push([fields, message]) }, clock, oneIn);
  const request = (end: EndedRequest['end'], more: Partial<EndedRequest> = {}): EndedRequest => ({
    ...{ requestId: 'req_a', asked: 'openai-chat', end, status: 200, key: KEY, begunAt: clock.monotonicMs() },
    ...more,
  });
  beforeEach(() => {
    lines.length = 0;
    clock.advance(2 * SECOND_MS);
  });

  it('tells whose a request was, how it ended and how long it took', () => {
    const begun = request('rate_limit_exceeded', { status: 429 });
    clock.advance(12.34);
    logOf(0).ended(begun);
    expect(lines).toEqual([
      [
        {
          ...{ requestId: 'req_a', surface: 'openai-chat', outcome: 'rate_limit_exceeded', status: 429 },
          ...{ tookMs: 12.3, apiKeyId: 'key_a', workspaceId: 'ws_a', organizationId: 'org_a' },
        },
        'a request ended',
      ],
    ]);
    logOf(0).ended(request('invalid_api_key', { status: 401, key: undefined }));
    expect(Object.keys(lines[1]?.[0] ?? {})).toEqual(['requestId', 'surface', 'outcome', 'status', 'tookMs']);
  });

  it.each([
    [1, 10],
    [5, 2],
    [11, 0],
    [0, 0],
  ])('tells of one in %d that ended well, and of each that did not', (oneIn, told) => {
    const log = logOf(oneIn);
    for (let at = 0; at < 10; at++) log.ended(request(at % 2 === 0 ? 'completed' : 'clientLeft'));
    expect(lines).toHaveLength(told);
    for (const end of ['providerFailed', 'internal_error', 'budget_exceeded'] as const)
      log.ended(request(end));
    expect(lines).toHaveLength(told + 3);
  });

  it('tells of a hundred errors a second each, and of more than that how many there were', () => {
    const log = logOf(0);
    for (let at = 0; at < 250; at++) log.ended(request(at < 220 ? 'invalid_api_key' : 'unknown_url'));
    expect(lines).toHaveLength(100);
    log.close();
    expect(lines.slice(100)).toEqual([
      [{ outcomes: { invalid_api_key: 120, unknown_url: 30 } }, 'more requests ended in errors'],
    ]);
    log.close();
    expect(lines).toHaveLength(101);
    clock.advance(SECOND_MS);
    log.ended(request('invalid_api_key'));
    expect(lines).toHaveLength(102);
  });

  it('tells how many there were by itself, within a second', () => {
    jest.useFakeTimers();
    try {
      const log = logOf(0);
      for (let at = 0; at < 101; at++) log.ended(request('invalid_api_key'));
      expect(lines).toHaveLength(100);
      jest.advanceTimersByTime(SECOND_MS);
      expect(lines).toHaveLength(101);
    } finally {
      jest.useRealTimers();
    }
  });
});
