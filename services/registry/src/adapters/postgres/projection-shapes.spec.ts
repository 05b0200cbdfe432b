import { shapeOf } from '@gatehouse/projections';
import { integrationDirectory } from './integration-directory.projection';

/** A DDL that differs here wants a higher version, so that of two programs it is known which comes after the other. */
it.each([
  [
    integrationDirectory,
    { version: 2, digest: 'a7f03f840641f3b6996595499d58b9eb6c6c81d9de6af21def78239f4c76d75d' },
  ],
])('the shape of projection %#', (projection, shape) => expect(shapeOf(projection)).toEqual(shape));
