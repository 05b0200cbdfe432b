import { shapeOf } from '@gatehouse/projections';
import { limitsProjection } from './limits.projection';

/** A DDL that differs here wants a higher version, so that of two programs it is known which comes after the other. */
it.each([
  [
    limitsProjection,
    { version: 2, digest: '52ca82668438f4d00b309f3f74c7fcc1b36f35c3edceeeb0ad1595281c55ea90' },
  ],
])('the shape of projection %#', (projection, shape) => expect(shapeOf(projection)).toEqual(shape));
