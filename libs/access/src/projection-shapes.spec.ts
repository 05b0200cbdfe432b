import { shapeOf } from '@gatehouse/projections';
import { API_KEY_SOURCES, apiKeyDirectory } from './api-key-directory.projection';

/** A DDL that differs here wants a higher version, so that of two programs it is known which comes after the other. */
it.each([
  [
    apiKeyDirectory('registry', API_KEY_SOURCES.store),
    { version: 4, digest: 'fe94ab616dd76e817d3c4f2ff49eba2b37b150d984483eb5995159ca349a0048' },
  ],
])('the shape of projection %#', (projection, shape) => expect(shapeOf(projection)).toEqual(shape));
