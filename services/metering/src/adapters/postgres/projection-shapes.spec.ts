import { shapeOf } from '@gatehouse/projections';
import { limitsProjection } from './limits.projection';

/** A DDL that differs here wants a higher version, so that of two programs it is known which comes after the other. */
it.each([
  [
    limitsProjection,
    { version: 6, digest: '9ddab2646401a04ef0f51678355471d0b4142b38a1f2f80ed1798a22b54b38cd' },
  ],
])('the shape of projection %#', (projection, shape) => expect(shapeOf(projection)).toEqual(shape));
