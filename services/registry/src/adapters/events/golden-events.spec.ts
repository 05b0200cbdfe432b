import { join } from 'node:path';
import { goldenEventsOf } from '@gatehouse/events/testing';
import { integrationCodec } from './integration.codec';
import { slugCodec } from './slug.codec';

goldenEventsOf('registry', {
  codecs: { 'integration-': integrationCodec, 'slug-': slugCodec },
  directory: join(__dirname, '../../../fixtures/events'),
});
