import { shapeOf } from '@gatehouse/projections';
import { directoryProjection } from './directory.projection';
import { gatewayConfigProjection } from './gateway-config.projection';
import { integrationsProjection } from './integrations.projection';
import { publicationsProjection } from './publications.projection';

/** A DDL that differs here wants a higher version, so that of two programs it is known which comes after the other. */
it.each([
  [
    directoryProjection,
    { version: 2, digest: 'e344cc11a7cc9d31e871058d814cf923c2e16a430a09d822ffb51e6289c312eb' },
  ],
  [
    gatewayConfigProjection,
    { version: 3, digest: 'a4f818c189f574c3410ec9de2e7830c10c36aafb3ea613d3d8296e4eba69fbcb' },
  ],
  [
    integrationsProjection,
    { version: 1, digest: 'c42291018f040eb410e2b0c59e15f263d4029e405dd63be509fc5dbae1394335' },
  ],
  [
    publicationsProjection,
    { version: 1, digest: '778a4f6890a67a9cd1b5ebb77f661d79bc17b53a910c190f5b55ceb0cc130385' },
  ],
])('the shape of projection %#', (projection, shape) => expect(shapeOf(projection)).toEqual(shape));
