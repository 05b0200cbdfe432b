import { shapeOf } from '@gatehouse/projections';
import { historyProjection } from './history.projection';

/** A DDL that differs here wants a higher version, so that of two programs it is known which comes after the other. */
it.each([
  [
    historyProjection,
    { version: 1, digest: '7edfc70196c88e6aa75c3e9029a26227dbffab7be4fd4977137690d41496f20b' },
  ],
])('the shape of projection %#', (projection, shape) => expect(shapeOf(projection)).toEqual(shape));
