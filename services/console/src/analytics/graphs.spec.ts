import { meteringV1 } from '@gatehouse/proto-gen';
import { GRAPHS, intervalOf, pointsOf } from './graphs';

const row = (said: Partial<meteringV1.UsageRow>) => meteringV1.UsageRow.fromPartial(said);
const at = (hour: number) => new Date(Date.UTC(2030, 0, 1, hour));
const figures = (metric: string, rows: readonly meteringV1.UsageRow[]) => GRAPHS.get(metric)?.figures(rows);

const rows = [
  row({
    begins: at(1),
    requests: 3n,
    unknownRequests: 1n,
    amountNanoUsd: 25_000_000n,
    inputTokens: 5n,
    outputTokens: 1n,
  }),
  row({ begins: at(0), requests: 1n, amountNanoUsd: 5_000_000n, outputTokens: 2n }),
];

it('says costs in US cents, and averages of what is known', () => {
  expect(figures('cost', rows)).toEqual({ total: 3, avg: 1 });
  expect(figures('tokens', rows)).toEqual({ total: 8, avg: 8 / 3 });
  expect(figures('cost', [row({ requests: 2n, unknownRequests: 2n })])).toEqual({ total: 0, avg: null });
});

it('tells errors of providers apart from the rest', () => {
  const outcomes = [
    row({ outcome: meteringV1.UsageOutcome.COMPLETED, requests: 3n }),
    row({ outcome: meteringV1.UsageOutcome.PROVIDER_FAILED, requests: 1n }),
  ];
  expect(figures('errors', outcomes)).toEqual({ total: 1 });
  expect(figures('errors-rate', outcomes)).toEqual({ rate: 25 });
  expect(figures('errors-rate', [])).toEqual({ rate: 0 });
});

it('counts each user once, and nobody never', () => {
  const users = ['ann', '', 'ann', 'bob'].map((user) => row({ user, day: '2030-01-01' }));
  expect(figures('users', users)).toEqual({ total: 2 });
});

it('has points in the order of time', () => {
  const graph = GRAPHS.get('requests');
  expect(graph && pointsOf(graph, rows)).toEqual([
    { timestamp: '2030-01-01T00:00:00.000Z', total: 1 },
    { timestamp: '2030-01-01T01:00:00.000Z', total: 3 },
  ]);
});

it.each([
  [2, meteringV1.UsageInterval.MINUTE],
  [48, meteringV1.UsageInterval.HOUR],
  [49, meteringV1.UsageInterval.DAY],
])('looks at %i hours by what can be counted', (hours, interval) =>
  expect(intervalOf(at(0), at(hours))).toBe(interval),
);
