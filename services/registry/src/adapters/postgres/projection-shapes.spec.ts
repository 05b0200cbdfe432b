import { shapeOf } from '@gatehouse/projections';
import { dependentsProjection } from './dependents.projection';
import { integrationDirectory } from './integration-directory.projection';
import { secretReferencesProjection } from './secret-references.projection';

/** A DDL that differs here wants a higher version, so that of two programs it is known which comes after the other. */
it.each([
  [
    integrationDirectory,
    { version: 9, digest: 'ed251be8c5dea0a5acc65615015be8ce9b423e902fd7f2a6078cc7b4bdb4ffbf' },
  ],
  [
    dependentsProjection,
    { version: 2, digest: '48742c09fd06df989af863e8704d76667689642f3633a0e3c63af1051d15a02b' },
  ],
  [
    secretReferencesProjection,
    { version: 1, digest: 'fb8a81faed99ae8403838c18c9865f2746a55466021dfffafa7177b5331e88f5' },
  ],
])('the shape of projection %#', (projection, shape) => expect(shapeOf(projection)).toEqual(shape));
