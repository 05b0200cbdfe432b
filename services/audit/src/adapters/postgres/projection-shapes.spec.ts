import { shapeOf } from '@gatehouse/projections';
import { historyProjection } from './history.projection';

/** A DDL that differs here wants a higher version, so that of two programs it is known which comes after the other. */
it.each([
  [
    historyProjection,
    { version: 2, digest: 'f3c9c2e38b97c5ace3aa6084b8f15d0649a17a83357ccbb4aad3e60cce707035' },
  ],
])('the shape of projection %#', (projection, shape) => expect(shapeOf(projection)).toEqual(shape));
