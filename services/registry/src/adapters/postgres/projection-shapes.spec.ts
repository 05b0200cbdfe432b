import { shapeOf } from '@gatehouse/projections';
import { integrationDirectory } from './integration-directory.projection';

/** A DDL that differs here wants a higher version, so that of two programs it is known which comes after the other. */
it.each([
  [
    integrationDirectory,
    { version: 3, digest: 'e67593f59bca0450be948ca4fc4eb365511930fe98f1fb499d5b42eee83bca45' },
  ],
])('the shape of projection %#', (projection, shape) => expect(shapeOf(projection)).toEqual(shape));
