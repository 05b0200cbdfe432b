import { fromProtoOrderBy } from './order-by';
import { RequestChecks } from './request-checks';

const FIELDS = ['connected_at', 'name'] as const;

describe('order_by', () => {
  it.each([
    ['', 'connected_at', false],
    ['name', 'name', false],
    ['name desc', 'name', true],
    ['connected_at desc', 'connected_at', true],
  ])('%j', (text, by, descending) => {
    const checks = new RequestChecks();
    expect(fromProtoOrderBy(text, FIELDS, checks)).toEqual({ by, descending });
    expect(checks.areFine).toBe(true);
  });

  it.each(['Name', 'name asc', 'name, connected_at', 'desc', 'name; DROP', 'name  desc'])(
    'refuses %j',
    (text) => {
      const checks = new RequestChecks();
      fromProtoOrderBy(text, FIELDS, checks);
      expect(() => checks.done()).toThrow(
        expect.objectContaining({ violations: [expect.objectContaining({ field: 'order_by' })] }),
      );
    },
  );
});
