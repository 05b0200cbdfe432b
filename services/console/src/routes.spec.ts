import { z } from 'zod';
import { ROUTES } from './routes';

it('have pages of every list that says how many there are', () => {
  const lists = ROUTES.filter(({ answer }) => 'data' in shapeOf(answer) && 'total' in shapeOf(answer));
  const whole = lists.filter(({ query }) => !('page_size' in query.shape)).map(({ url }) => url);
  expect(lists.length).toBeGreaterThan(20);
  expect(whole).toEqual([]);
});

const shapeOf = (answer: z.ZodType): object => (answer instanceof z.ZodObject ? answer.shape : {});
