import { join } from 'node:path';
import { goldenEventsOf } from '@gatehouse/events/testing';
import { adjustmentEventCodec, budgetEventCodec, reratingEventCodec } from './budget-event.codec';
import { webhookEventCodec } from './webhook-event.codec';

goldenEventsOf('metering', {
  codecs: {
    'budget-': budgetEventCodec,
    'adjustment-': adjustmentEventCodec,
    'rerating-': reratingEventCodec,
    'webhook-': webhookEventCodec,
  },
  directory: join(__dirname, '../../../fixtures/events'),
});
