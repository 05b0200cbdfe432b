import { inSteps } from './paging';

const ids = (count: number) => Array.from({ length: count }, (_, index) => `id-${index}`);

it.each([
  [0, []],
  [1, [1]],
  [100, [100]],
  [201, [100, 100, 1]],
])('asks for %i ids in as many parts as it takes', (count, sizes) => {
  const steps = inSteps(ids(count));
  expect(steps.map(({ length }) => length)).toEqual(sizes);
  expect(steps.flat()).toEqual(ids(count));
});
