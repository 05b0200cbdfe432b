import { shapeOf } from '@gatehouse/projections';
import { API_KEY_SOURCES, apiKeyDirectory } from './api-key-directory.projection';

/** A DDL that differs here wants a higher version, so that of two programs it is known which comes after the other. */
it.each([
  [
    apiKeyDirectory('registry', API_KEY_SOURCES.store),
    { version: 1, digest: '642735bdcdefa8cfa998ddeda0e38f2eebfe71566980ff513587fd4dfc8901e5' },
  ],
])('the shape of projection %#', (projection, shape) => expect(shapeOf(projection)).toEqual(shape));
