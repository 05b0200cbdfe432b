import { shapeOf } from '@gatehouse/projections';
import { API_KEY_SOURCES, apiKeyDirectory } from './api-key-directory.projection';

/** A DDL that differs here wants a higher version, so that of two programs it is known which comes after the other. */
it.each([
  [
    apiKeyDirectory('registry', API_KEY_SOURCES.store),
    { version: 5, digest: 'd277d27cb87c496968877626c4da8c4dceb63e9aa16a83987bb8a3a066c7a462' },
  ],
])('the shape of projection %#', (projection, shape) => expect(shapeOf(projection)).toEqual(shape));
