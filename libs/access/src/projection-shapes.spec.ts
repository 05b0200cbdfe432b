import { shapeOf } from '@gatehouse/projections';
import { API_KEY_SOURCES, apiKeyDirectory } from './api-key-directory.projection';

/** A DDL that differs here wants a higher version, so that of two programs it is known which comes after the other. */
it.each([
  [
    apiKeyDirectory('registry', API_KEY_SOURCES.store),
    { version: 2, digest: '73d6642680bc9998d7716b82b242ddf85720ae6693a4b4ef1c7866cfe568ef35' },
  ],
])('the shape of projection %#', (projection, shape) => expect(shapeOf(projection)).toEqual(shape));
