import { join } from 'node:path';
import { goldenEventsOf } from '@gatehouse/events/testing';
import { OWN_CODECS } from './own-events';

goldenEventsOf('provisioning', {
  codecs: OWN_CODECS,
  directory: join(__dirname, '../../../fixtures/events'),
});
