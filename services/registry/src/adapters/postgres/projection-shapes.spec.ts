import { shapeOf } from '@gatehouse/projections';
import { dependentsProjection } from './dependents.projection';
import { integrationDirectory } from './integration-directory.projection';
import { secretReferencesProjection } from './secret-references.projection';

/** A DDL that differs here wants a higher version, so that of two programs it is known which comes after the other. */
it.each([
  [
    integrationDirectory,
    { version: 11, digest: '3966d1343529a000f77e5e1cfb73cf44fe3a7bcef933f7f6cb0508eb5c3ec7b4' },
  ],
  [
    dependentsProjection,
    { version: 4, digest: '8e64ef67bc13c2d8ef3d67ee73ab787eee77a1394164cf8dd81ef31a2d25b925' },
  ],
  [
    secretReferencesProjection,
    { version: 1, digest: 'fb8a81faed99ae8403838c18c9865f2746a55466021dfffafa7177b5331e88f5' },
  ],
])('the shape of projection %#', (projection, shape) => expect(shapeOf(projection)).toEqual(shape));
