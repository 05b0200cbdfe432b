import { join } from 'node:path';
import { goldenEventsOf } from '@gatehouse/events/testing';
import { budgetEventCodec } from './budget-event.codec';

goldenEventsOf('metering', {
  codecs: { 'budget-': budgetEventCodec },
  directory: join(__dirname, '../../../fixtures/events'),
});
