import { join } from 'node:path';
import { goldenEventsOf } from '@gatehouse/events/testing';
import { integrationCodec } from './integration.codec';
import { catalogCodec, priceBookCodec } from './publication.codecs';
import { secretReferenceCodec } from './secret-reference.codec';
import { slugCodec } from './slug.codec';

goldenEventsOf('registry', {
  codecs: {
    'integration-': integrationCodec,
    'slug-': slugCodec,
    'catalog-': catalogCodec,
    'pricebook-': priceBookCodec,
    'secretreference-': secretReferenceCodec,
  },
  directory: join(__dirname, '../../../fixtures/events'),
});
