import { typeV1 } from '@gatehouse/proto-gen';
import { describeReplay } from './describe-replay';

const day = (text: string): Date => new Date(`${text}Z`);
const limit = (kind: typeV1.Limit['kind']): typeV1.Limit => typeV1.Limit.fromPartial({ id: 'lim_a', kind });
const monthly = { period: typeV1.ResetPeriod.MONTHLY, everyDays: 0 };
const budget = (amount: typeV1.Budget['amount']): typeV1.Limit =>
  limit({ $case: 'budget', value: typeV1.Budget.fromPartial({ amount, reset: monthly }) });
const { REQUESTS } = typeV1.RateUnit;
const rate = limit({
  $case: 'rateLimit',
  value: { unit: REQUESTS, window: typeV1.RateWindow.MINUTE, quota: 60n },
});

const OCTOBER = { from: day('2026-10-01T00:00:00'), until: day('2026-11-01T00:00:00') };
const replay = (more: Partial<typeV1.LimitReplay>): string =>
  describeReplay({
    limits: [typeV1.LimitReplay.fromPartial({ ...OCTOBER, ...more })],
    models: undefined,
  }).join('\n');

describe('a replay in words', () => {
  it('says when a budget would have run out, and what would have been refused', () =>
    expect(
      replay({
        limit: budget({ $case: 'nanoUsd', value: 10_000_000_000n }),
        ...{ requests: 2_040n, spent: 12_400_000_000n, refusedMin: 312n, refusedMax: 320n },
        ...{
          ranOutAfter: day('2026-10-20T14:03:00'),
          ranOutBefore: day('2026-10-20T14:04:00'),
          unknownRequests: 3n,
        },
      }),
    ).toBe(
      '10.00 USD a month: from 2026-10-01T00:00Z until 2026-11-01T00:00Z 2040 calls for 12.40 USD; it would have run out between ' +
        '2026-10-20T14:03Z and 2026-10-20T14:04Z; 312 to 320 would have been refused; of 3 tokens or cost are unknown, so ' +
        'that it may have been more',
    ));

  it('says of one that would have lasted that nothing would have been refused', () =>
    expect(replay({ limit: budget({ $case: 'tokens', value: 9n }), requests: 1n, spent: 8n })).toBe(
      '9 tokens a month: from 2026-10-01T00:00Z until 2026-11-01T00:00Z 1 call of 8 tokens; 0 would have been refused',
    ));

  it('says nothing of what was spent of a rate', () =>
    expect(replay({ limit: rate, requests: 70n, refusedMin: 10n, refusedMax: 10n })).toBe(
      '60 requests per minute: from 2026-10-01T00:00Z until 2026-11-01T00:00Z 70 calls; 10 would have been refused',
    ));

  it.each([
    [[{ model: 'large', requests: 3n, provisionId: '' }], '3 would have been refused: 3 of large'],
    [[], '0 would have been refused'],
  ])('says which models would have been refused: %j', (models, said) => {
    const refused = models.reduce((sum, { requests }) => sum + requests, 0n);
    expect(describeReplay({ limits: [], models: { ...OCTOBER, requests: 5n, refused, models } })).toEqual([
      `models: from 2026-10-01T00:00Z until 2026-11-01T00:00Z 5 calls; ${said}`,
    ]);
  });

  it('says of each workspace how it would have fared, and how many more may have', () => {
    const workspaces = typeV1.WorkspacesReplay.fromPartial({
      ...{ called: 9n, refused: 3n, totalSize: 4n },
      workspaces: [
        {
          workspaceId: 'ws_1',
          workspaceName: 'One',
          requests: 7n,
          spent: 8n,
          refusedMin: 1n,
          refusedMax: 2n,
        },
      ],
    });
    const limit = budget({ $case: 'tokens', value: 5n });
    expect(replay({ limit, requests: 20n, spent: 90n, workspaces }).split('\n').slice(1)).toEqual([
      '  of 9 workspaces that called, 3 would have been refused some, or may have been',
      '  One (ws_1): 7 calls of 8 tokens, 1 to 2 refused',
      '  and 3 more that may have been',
    ]);
  });
});
