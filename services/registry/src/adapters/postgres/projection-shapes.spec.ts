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
    { version: 5, digest: 'd8f7a88184535569a45e10cba526a73733c2bfdd70bc7bcf3d66897f8f17cffb' },
  ],
  [
    secretReferencesProjection,
    { version: 1, digest: 'fb8a81faed99ae8403838c18c9865f2746a55466021dfffafa7177b5331e88f5' },
  ],
])('the shape of projection %#', (projection, shape) => expect(shapeOf(projection)).toEqual(shape));
