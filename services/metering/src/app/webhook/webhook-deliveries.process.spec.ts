import { deriveEventId, deriveId, organizationId, webhookId } from '@gatehouse/kernel';
import type { AttemptOutcome } from '../../domain/webhook/after-attempt';
import type { NotificationParts } from './send-notification';
import { WebhookDeliveries } from './webhook-deliveries.process';
import type { Delivery, Webhooks } from './webhook.ports';

const NOW = new Date('2026-11-10T12:00:00Z');
const deliveryOf = (index: number): Delivery => ({
  webhook: {
    id: webhookId(deriveId('whk', `w${index}`)),
    organizationId: organizationId(deriveId('org', 'ours')),
    ...{ url: 'https://hooks.example.com', eventTypes: [], status: 'enabled', secrets: [], createdAt: NOW },
    ...{ delivered: 0n, givenUp: 0n, failingSince: undefined, lastError: '', lastDeliveredAt: undefined },
  },
  ...{ eventId: deriveEventId('Spec', String(index)), body: '{}', attempts: 1 },
});

const waiting: Delivery[] = [];
const outcomes: AttemptOutcome[] = [];
const givenBack: Delivery[] = [];
const warned: Error[] = [];
const warn = (warning: Error): void => void warned.push(warning);
const webhooks = {
  claim: (atMost: number) => Promise.resolve(waiting.splice(0, atMost)),
  attempted: (_delivery: Delivery, outcome: AttemptOutcome) => Promise.resolve(outcomes.push(outcome)),
  giveBack: (delivery: Delivery) => Promise.resolve(givenBack.push(delivery)),
} as unknown as Webhooks;
let begun: number;

const never = (): Promise<never> => {
  begun++;
  return new Promise(() => undefined);
};
const partsWith = (parts: object): NotificationParts => {
  const all = { sign: () => Promise.resolve('v1,signed'), send: never, ...parts };
  return { secrets: all, sender: all, clock: { now: () => NOW } } as unknown as NotificationParts;
};

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick'] });
  process.on('warning', warn);
  begun = 0;
  for (const list of [waiting, outcomes, givenBack, warned]) list.length = 0;
  waiting.push(...Array.from({ length: 100 }, (_, index) => deliveryOf(index)));
});
afterEach(() => {
  process.off('warning', warn);
  jest.useRealTimers();
});

it.each([
  ['sent', {}],
  ['signed', { sign: never }],
])('holds up others for a while alone where it is never %s', async (_what, parts) => {
  const deliveries = new WebhookDeliveries(webhooks, partsWith(parts), { warn: () => undefined });
  deliveries.start();
  await jest.advanceTimersByTimeAsync(500);
  expect([begun, outcomes.length]).toEqual([64, 0]);
  await jest.advanceTimersByTimeAsync(20_500);
  expect([begun, outcomes.length]).toEqual([100, 64]);
  expect(outcomes[0]).toEqual({ kind: 'failed', error: 'no answer within twenty seconds', gone: false });
  await deliveries.stop();
  expect([outcomes.length, givenBack.length, jest.getTimerCount()]).toEqual([64, 36, 0]);
  expect(warned).toEqual([]);
});

it('is given back where it is handed out while the process stops', async () => {
  let handOut = (): void => undefined;
  const asked = new Promise<void>((resolve) => {
    handOut = resolve;
  });
  const late = { ...webhooks, claim: () => asked.then(() => waiting.splice(0)) } as unknown as Webhooks;
  const deliveries = new WebhookDeliveries(late, partsWith({}), { warn: () => undefined });
  deliveries.start();
  await jest.advanceTimersByTimeAsync(500);
  const stopped = deliveries.stop();
  handOut();
  await stopped;
  expect([begun, givenBack.length, outcomes.length]).toEqual([0, 100, 0]);
});
