import { deriveId, organizationId, webhookId } from '@gatehouse/kernel';
import { afterAttempt, afterTest, type AttemptOutcome } from './after-attempt';
import type { Webhook } from './webhook';

const NOW = new Date('2026-11-10T12:00:00Z');
const TERMS = { retryMs: 5_000, disableAfterMs: 5 * 86_400_000 };
const FAILED: AttemptOutcome = { kind: 'failed', error: 'HTTP 500', gone: false };
const WEBHOOK: Webhook = {
  id: webhookId(deriveId('whk', 'w')),
  organizationId: organizationId(deriveId('org', 'ours')),
  ...{ url: 'https://hooks.example.com', eventTypes: [], status: 'enabled', secrets: [], createdAt: NOW },
  ...{ delivered: 0n, givenUp: 0n, failingSince: undefined, lastError: '', lastDeliveredAt: undefined },
};
const after = (attempts: number, outcome: AttemptOutcome, before = WEBHOOK, now = NOW) =>
  afterAttempt(before, attempts, outcome, now, TERMS);

describe('an attempt to send', () => {
  it('waits ever longer, a day at most, and is given up after nine', () => {
    const waits = Array.from({ length: 9 }, (_, n) => after(n + 1, FAILED)).map(
      ({ nextAt, webhook }) =>
        [nextAt && (nextAt.getTime() - NOW.getTime()) / 1_000, webhook.givenUp] as const,
    );
    expect(waits.map(([seconds]) => seconds)).toEqual([
      ...[5, 30, 180, 1_080, 6_480, 38_880, 86_400, 86_400],
      undefined,
    ]);
    expect(waits.map(([, givenUp]) => Number(givenUp))).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect(after(3, { kind: 'taken' })).toMatchObject({ nextAt: undefined, webhook: { delivered: 1n } });
  });

  it('disables what has failed for long, once, and at once what says that it is gone', () => {
    const since = new Date(NOW.getTime() - TERMS.disableAfterMs);
    const failing = { ...WEBHOOK, failingSince: since };
    const { webhook, events } = after(5, FAILED, failing);
    expect(webhook).toMatchObject({ status: 'disabled', failingSince: since, lastError: 'HTTP 500' });
    expect(events).toMatchObject([{ event: { type: 'WebhookDisabled', failingSince: since } }]);
    expect(after(5, FAILED, webhook).events).toEqual([]);
    expect(after(5, FAILED, { ...failing, failingSince: new Date(since.getTime() + 1) }).events).toEqual([]);
    expect(after(1, { ...FAILED, gone: true } as AttemptOutcome).webhook.status).toBe('disabled');
  });

  it('ends its failing once it is taken, and a test that is taken enables it again', () => {
    const failing = { ...WEBHOOK, failingSince: NOW, lastError: 'HTTP 500' };
    expect(after(1, { kind: 'taken' }, failing).webhook.failingSince).toBeUndefined();
    const disabled: Webhook = { ...failing, status: 'disabled' };
    expect(after(1, { kind: 'taken' }, disabled).webhook.status).toBe('disabled');
    expect(afterTest(disabled, FAILED)).toMatchObject({ webhook: { status: 'disabled' }, events: [] });
    const enabled = afterTest(disabled, { kind: 'taken' });
    expect(enabled).toMatchObject({
      webhook: { status: 'enabled' },
      events: [{ event: { type: 'WebhookEnabled' } }],
    });
    expect(afterTest(enabled.webhook, { kind: 'taken' }).events).toEqual([]);
  });
});
