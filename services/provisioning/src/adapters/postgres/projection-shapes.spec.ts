import { shapeOf } from '@gatehouse/projections';
import { directoryProjection } from './directory.projection';
import { gatewayConfigProjection } from './gateway-config.projection';
import { integrationsProjection } from './integrations.projection';
import { proposalsProjection } from './proposals.projection';
import { rosterProjection } from './roster.projection';
import { publicationsProjection } from './publications.projection';
import { rolloutsProjection } from './rollouts.projection';

/** A DDL that differs here wants a higher version, so that of two programs it is known which comes after the other. */
it.each([
  [
    directoryProjection,
    { version: 11, digest: '8f27901affc46f0e3a7ec9a08de26cf712672bb1969e0f637d38516eb2985abe' },
  ],
  [
    gatewayConfigProjection,
    { version: 8, digest: '327709a750b9870372610994e94467041112548958961a78f26d8a879f8cb58f' },
  ],
  [
    integrationsProjection,
    { version: 5, digest: '1a7435e0fdf86531fb2ce0e874e826d857edcba5b1eeda512d5e34d21b10bc67' },
  ],
  [
    rosterProjection,
    { version: 1, digest: 'f71306d457d370b604dc7bd33cecb7e9384d92dcc5031826494a1f50748a6443' },
  ],
  [
    proposalsProjection,
    { version: 1, digest: '2c404054cd4751516ed51a8085397220bcd7f8d341d3baf727caf62fba72f6ee' },
  ],
  [
    publicationsProjection,
    { version: 1, digest: '778a4f6890a67a9cd1b5ebb77f661d79bc17b53a910c190f5b55ceb0cc130385' },
  ],
  [
    rolloutsProjection,
    { version: 3, digest: 'fadd40d9a8d342b217ab85f16bc2cb260129e4275e307fdad50aedc7e9dc1fe4' },
  ],
])('the shape of projection %#', (projection, shape) => expect(shapeOf(projection)).toEqual(shape));
