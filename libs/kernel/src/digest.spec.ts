import { withRecord } from './digest';

it('is the same for the same records, in whatever order, and another for any other', () => {
  const first = withRecord(withRecord('', 'a', '1'), 'b', '2');
  expect(withRecord(withRecord('', 'b', '2'), 'a', '1')).toBe(first);
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  const others = [
    withRecord('', 'a', '1'),
    withRecord(withRecord(first, 'a', '1'), 'b', '2'),
    withRecord(withRecord('', 'a1', ''), 'b', '2'),
  ];
  expect(new Set([first, ...others]).size).toBe(4);
});
