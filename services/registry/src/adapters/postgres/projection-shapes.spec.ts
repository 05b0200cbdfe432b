import { shapeOf } from '@gatehouse/projections';
import { dependentsProjection } from './dependents.projection';
import { integrationDirectory } from './integration-directory.projection';
import { secretReferencesProjection } from './secret-references.projection';

/** A DDL that differs here wants a higher version, so that of two programs it is known which comes after the other. */
it.each([
  [
    integrationDirectory,
    { version: 8, digest: '9d0fc40c330f10ffa91971050edf11732fb59ed7810eecb90813f9a1239d74cb' },
  ],
  [
    dependentsProjection,
    { version: 1, digest: '417708f1a3471cdc7d165cb707b3ce65dcd9814161d872d2f5fb2020f1fa15aa' },
  ],
  [
    secretReferencesProjection,
    { version: 1, digest: 'fb8a81faed99ae8403838c18c9865f2746a55466021dfffafa7177b5331e88f5' },
  ],
])('the shape of projection %#', (projection, shape) => expect(shapeOf(projection)).toEqual(shape));
