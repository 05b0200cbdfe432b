import { createHmac, randomBytes } from 'node:crypto';
import { subkey } from '@gatehouse/kernel';
import {
  HpkeCredentialSealer,
  HpkeDataKeyUnwrapper,
  openCredential,
  originsOf,
  publicKeyOf,
  type SealedCredential,
} from '@gatehouse/sealing';
import { type Notification, type SecretPlace, WebhookSecrets } from '../../app/webhook/webhook.ports';
import { signingSecrets, type Webhook } from '../../domain/webhook/webhook';

const SECRET_BYTES = 32;
const PREFIX = 'whsec_';
const BYTES = ['keyCustody', 'encapsulatedKey', 'wrappedDataKey', 'nonce', 'ciphertext'] as const;

/** As it is kept: bytes in base64. */
type KeptSecret = Omit<SealedCredential, (typeof BYTES)[number]> & Record<(typeof BYTES)[number], string>;

/**
 * Seals them as credentials are, bound to organization, webhook, version and origin: a row that was changed to lead elsewhere opens
 * nothing. The key derives from the installation's secret, which is not in the database.
 */
export class SealedWebhookSecrets extends WebhookSecrets {
  private readonly sealer: HpkeCredentialSealer;
  private readonly unwrapper: HpkeDataKeyUnwrapper;

  /** @param installationSecret 32 bytes. */
  constructor(installationSecret: Uint8Array) {
    super();
    const key = subkey(installationSecret, 'gatehouse webhook secrets');
    this.sealer = new HpkeCredentialSealer(publicKeyOf(key));
    this.unwrapper = new HpkeDataKeyUnwrapper([key]);
  }

  async make({
    organizationId,
    webhookId,
    version,
    url,
  }: SecretPlace): Promise<{ secret: string; sealed: unknown }> {
    const secret = `${PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`;
    const binding = {
      ...{ organizationId, integrationId: webhookId, credentialVersion: version, origins: originsOf([url]) },
    };
    return { secret, sealed: toKept(await this.sealer.seal(binding, { secret })) };
  }

  async open(sealed: unknown, url: string): Promise<string> {
    const credential = fromKept(sealed as KeptSecret);
    return openCredential(credential, await this.unwrapper.unwrap(credential), url)['secret'] ?? '';
  }

  async sign(webhook: Webhook, { eventId, body }: Notification, now: Date): Promise<string> {
    const content = `${eventId}.${Math.floor(now.getTime() / 1_000)}.${body}`;
    const signed = signingSecrets(webhook, now).map(async ({ sealed }) =>
      signatureOf(await this.open(sealed, webhook.url), content),
    );
    return (await Promise.all(signed)).join(' ');
  }
}

/** Of `<id>.<seconds>.<body>`, as Standard Webhooks has it. */
export const signatureOf = (secret: string, content: string): string => {
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
  return `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
};

const toKept = (sealed: SealedCredential): KeptSecret => ({
  ...sealed,
  ...(Object.fromEntries(BYTES.map((name) => [name, Buffer.from(sealed[name]).toString('base64')])) as Record<
    (typeof BYTES)[number],
    string
  >),
});

const fromKept = (kept: KeptSecret): SealedCredential => ({
  ...kept,
  ...(Object.fromEntries(BYTES.map((name) => [name, Buffer.from(kept[name], 'base64')])) as Record<
    (typeof BYTES)[number],
    Buffer
  >),
});
