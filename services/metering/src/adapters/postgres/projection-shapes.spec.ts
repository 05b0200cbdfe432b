import { shapeOf } from '@gatehouse/projections';
import { limitsProjection } from './limits.projection';

/** A DDL that differs here wants a higher version, so that of two programs it is known which comes after the other. */
it.each([
  [
    limitsProjection,
    { version: 3, digest: '4550dcf6a28f369f57e40c879391a75397498ba09bb8ffdb1b505d12925ec891' },
  ],
])('the shape of projection %#', (projection, shape) => expect(shapeOf(projection)).toEqual(shape));
