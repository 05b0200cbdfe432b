import { createHmac } from 'node:crypto';
import { deriveEventId, deriveId, organizationId, webhookId } from '@gatehouse/kernel';
import type { Webhook } from '../../domain/webhook/webhook';
import { SealedWebhookSecrets, signatureOf } from './sealed-webhook-secrets';

const NOW = new Date('2026-11-10T12:00:00.900Z');
const url = 'https://hooks.example.com/gatehouse';
const place = {
  organizationId: organizationId(deriveId('org', 'ours')),
  webhookId: webhookId(deriveId('whk', 'w')),
  ...{ version: 1, url },
};

describe('secrets of webhooks', () => {
  const secrets = new SealedWebhookSecrets(Buffer.alloc(32, 7));

  it('sign as the vector of Standard Webhooks does', () => {
    const content = 'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}';
    expect(signatureOf('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', content)).toBe(
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    );
  });

  it('are kept sealed, and open for their origin alone, and for nobody of another installation', async () => {
    const { secret, sealed } = await secrets.make(place);
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const kept = JSON.parse(JSON.stringify(sealed)) as Record<string, unknown>;
    expect(JSON.stringify(kept)).not.toContain(secret.slice('whsec_'.length));
    expect(await secrets.open(kept, `${url}/elsewhere`)).toBe(secret);
    await expect(secrets.open(kept, 'https://evil.example.com/')).rejects.toThrow('not sealed for the host');
    const forged = { ...kept, origins: ['https://evil.example.com:443'] };
    await expect(secrets.open(forged, 'https://evil.example.com/')).rejects.toThrow('does not open');
    const others = new SealedWebhookSecrets(Buffer.alloc(32, 8));
    await expect(others.open(kept, url)).rejects.toThrow('does not open');
  });

  it('sign by the one before too, for as long as that is good', async () => {
    const [older, newer] = [await secrets.make(place), await secrets.make({ ...place, version: 2 })];
    const webhook = {
      url,
      secrets: [
        { version: 2, sealed: newer.sealed, requestId: 'b', until: undefined },
        { version: 1, sealed: older.sealed, requestId: 'a', until: new Date(NOW.getTime() + 1) },
      ],
    } as unknown as Webhook;
    const notification = { eventId: deriveEventId('e'), body: '{"a":1}' };
    const by = (secret: string): string =>
      `v1,${createHmac('sha256', Buffer.from(secret.replace('whsec_', ''), 'base64'))
        .update(`${notification.eventId}.${Math.floor(NOW.getTime() / 1_000)}.{"a":1}`)
        .digest('base64')}`;
    expect(await secrets.sign(webhook, notification, NOW)).toBe(`${by(newer.secret)} ${by(older.secret)}`);
    const after = new Date(NOW.getTime() + 1);
    expect(await secrets.sign(webhook, notification, after)).toBe(by(newer.secret));
  });
});
