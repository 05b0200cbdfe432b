import { shapeOf } from '@gatehouse/projections';
import { dependentsProjection } from './dependents.projection';
import { integrationDirectory } from './integration-directory.projection';

/** A DDL that differs here wants a higher version, so that of two programs it is known which comes after the other. */
it.each([
  [
    integrationDirectory,
    { version: 4, digest: '0eb7b32dced0c1c9f670f9a13786d0eb7b2cb18977ca6d44af9fd905a3a1d2f8' },
  ],
  [
    dependentsProjection,
    { version: 1, digest: '417708f1a3471cdc7d165cb707b3ce65dcd9814161d872d2f5fb2020f1fa15aa' },
  ],
])('the shape of projection %#', (projection, shape) => expect(shapeOf(projection)).toEqual(shape));
