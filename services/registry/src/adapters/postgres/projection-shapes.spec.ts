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
    { version: 8, digest: 'd1baefada3a88d6242a36b6ef909b6517b9cf624343434defdd0f65dcdfc38e5' },
  ],
  [
    secretReferencesProjection,
    { version: 1, digest: 'fb8a81faed99ae8403838c18c9865f2746a55466021dfffafa7177b5331e88f5' },
  ],
])('the shape of projection %#', (projection, shape) => expect(shapeOf(projection)).toEqual(shape));
