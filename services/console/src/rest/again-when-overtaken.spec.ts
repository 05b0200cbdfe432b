import { AppError } from '@gatehouse/kernel';
import { againWhenOvertaken } from './again-when-overtaken';

const overtaken = new AppError('CONFLICT', 'REVISION_MISMATCH');

const failing = (times: number, error: AppError) => {
  const work = { done: 0 };
  const run = () =>
    againWhenOvertaken(async () => {
      if (++work.done <= times) throw error;
      return 'done';
    });
  return { work, run };
};

it('does anew what somebody has overtaken', async () => {
  const { work, run } = failing(2, overtaken);
  expect([await run(), work.done]).toEqual(['done', 3]);
});

it.each([
  ['what is overtaken again and again', overtaken, 5],
  ['what is refused', new AppError('CONFLICT', 'SLUG_TAKEN'), 1],
])('gives up %s', async (_what, error, tries) => {
  const { work, run } = failing(Infinity, error);
  await expect(run()).rejects.toBe(error);
  expect(work.done).toBe(tries);
});
