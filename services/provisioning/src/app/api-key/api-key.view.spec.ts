import { isRotationDue } from './api-key.view';

describe('the rotation of a key', () => {
  const dueAt = new Date('2026-03-01T00:00:00Z');
  const rotation = { everyDays: 30, dueAt };
  const before = new Date(dueAt.getTime() - 1);

  it('is due from its time on, and not before', () => {
    expect(isRotationDue('active', { rotation }, before)).toBe(false);
    expect(isRotationDue('active', { rotation }, dueAt)).toBe(true);
  });
  it('is never due where nobody says so', () => expect(isRotationDue('active', {}, dueAt)).toBe(false));
  it.each(['revoked', 'expired'] as const)('is not due any more of a key that is %s', (status) =>
    expect(isRotationDue(status, { rotation }, dueAt)).toBe(false),
  );
});
