import { shapeOf } from '@gatehouse/projections';
import { dependentsProjection } from './dependents.projection';
import { integrationDirectory } from './integration-directory.projection';

/** A DDL that differs here wants a higher version, so that of two programs it is known which comes after the other. */
it.each([
  [
    integrationDirectory,
    { version: 6, digest: 'e0581a1fb61f69ee74e6c13c04e953851c91aa41dc04eb8980b4eabe2c77d9b5' },
  ],
  [
    dependentsProjection,
    { version: 1, digest: '417708f1a3471cdc7d165cb707b3ce65dcd9814161d872d2f5fb2020f1fa15aa' },
  ],
])('the shape of projection %#', (projection, shape) => expect(shapeOf(projection)).toEqual(shape));
