import { shapeOf } from '@gatehouse/projections';
import { API_KEY_SOURCES, apiKeyDirectory } from './api-key-directory.projection';

/** A DDL that differs here wants a higher version, so that of two programs it is known which comes after the other. */
it.each([
  [
    apiKeyDirectory('registry', API_KEY_SOURCES.store),
    { version: 3, digest: '346ee6f5a78633e2246a35f2446b16d73befb5f517eb061f56963fff1ef84828' },
  ],
])('the shape of projection %#', (projection, shape) => expect(shapeOf(projection)).toEqual(shape));
