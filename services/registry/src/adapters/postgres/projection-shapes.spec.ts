import { shapeOf } from '@gatehouse/projections';
import { integrationDirectory } from './integration-directory.projection';

/** A DDL that differs here wants a higher version, so that of two programs it is known which comes after the other. */
it.each([
  [
    integrationDirectory,
    { version: 1, digest: 'e174e250880b752de098a4da2fa8de83ecc8f82ec43125ffb74391e329d37add' },
  ],
])('the shape of projection %#', (projection, shape) => expect(shapeOf(projection)).toEqual(shape));
