import { shapeOf } from '@gatehouse/projections';
import { limitsProjection } from './limits.projection';

/** A DDL that differs here wants a higher version, so that of two programs it is known which comes after the other. */
it.each([
  [
    limitsProjection,
    { version: 5, digest: '168d1ae2839e4afb02d2282420eb8bfb186318a209f6a3f7bcb4ec90c6dbe79e' },
  ],
])('the shape of projection %#', (projection, shape) => expect(shapeOf(projection)).toEqual(shape));
