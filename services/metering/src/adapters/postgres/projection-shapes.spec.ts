import { shapeOf } from '@gatehouse/projections';
import { limitsProjection } from './limits.projection';

/** A DDL that differs here wants a higher version, so that of two programs it is known which comes after the other. */
it.each([
  [
    limitsProjection,
    { version: 4, digest: 'ea6432c361157092349cc0c1ebd035d9fb8f8035f6da0714075b7585fbbce310' },
  ],
])('the shape of projection %#', (projection, shape) => expect(shapeOf(projection)).toEqual(shape));
