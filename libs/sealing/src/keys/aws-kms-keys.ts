import type { KMSClient } from '@aws-sdk/client-kms';
import { AppError } from '@gatehouse/kernel';
import { CredentialUnreadable } from '../sealed-credential';
import { assertKeyName, type IntegrationKeyName } from './integration-key';
import { keyDestroyed, keyUnknown, providerRefused, providerUnavailable } from './key-errors';
import type { Destruction } from './key-provider';
import { WrappedKeys } from './wrapped-keys';

export interface AwsKmsOptions {
  readonly region: string;
  /** Another than the region's own, such as a VPC endpoint. */
  readonly endpoint?: string | undefined;
  /** How long KMS keeps a key that is disabled and is to be deleted: 7 to 30. */
  readonly pendingDays: number;
  /** Other than those that AWS's own chain finds: environment, profile, container, instance. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

type Kms = typeof import('@aws-sdk/client-kms');

const TIMEOUT_MS = 5_000;
const ATTEMPTS_MAX = 2;
/** Of a key of ours that lost the race for its name and never encrypted anything. */
const PENDING_DAYS_MIN = 7;

/**
 * A symmetric KMS key per integration and epoch, by its alias `alias/gatehouse/<integration>/<epoch>`; the private half is
 * encrypted under it, with the key's id as encryption context. Who may open is IAM's to say: the gateway's role needs
 * CreateKey, CreateAlias, DescribeKey, Encrypt, Decrypt, DisableKey and ScheduleKeyDeletion, the registry's none.
 */
export class AwsKmsKeys extends WrappedKeys {
  readonly kind = 'aws-kms';
  private loaded: Promise<{ readonly kms: Kms; readonly client: KMSClient }> | undefined;

  constructor(private readonly options: AwsKmsOptions) {
    super();
  }

  async destroy(name: IntegrationKeyName, wasScheduled: boolean): Promise<Destruction> {
    const { kms, client } = await this.load();
    const key = await this.describe(name);
    if (key === undefined) {
      if (!wasScheduled) throw keyUnknown();
      return { state: 'destroyed' };
    }
    if (key.state === 'PendingDeletion') return { state: 'scheduled', until: key.deletedAt };
    return this.asking(async () => {
      // The waiting time is for mistakes: nobody opens anything with the key meanwhile.
      await client.send(new kms.DisableKeyCommand({ KeyId: key.id }));
      const answer = await client.send(
        new kms.ScheduleKeyDeletionCommand({
          KeyId: key.id,
          PendingWindowInDays: this.options.pendingDays,
        }),
      );
      return { state: 'scheduled', until: answer.DeletionDate ?? new Date(0) };
    });
  }

  protected async makeWrappingKey(name: IntegrationKeyName): Promise<void> {
    const key = await this.describe(name);
    if (key !== undefined && key.state !== 'Enabled') throw keyDestroyed();
    if (key !== undefined) return;
    const { kms, client } = await this.load();
    await this.asking(async () => {
      const { KeyMetadata } = await client.send(
        new kms.CreateKeyCommand({
          Description: `Gatehouse integration ${name.integrationId}`,
          Tags: [{ TagKey: 'gatehouse:integration', TagValue: name.integrationId }],
        }),
      );
      const KeyId = KeyMetadata?.KeyId;
      try {
        await client.send(new kms.CreateAliasCommand({ AliasName: aliasOf(name), TargetKeyId: KeyId }));
      } catch (error) {
        if (nameOf(error) !== 'AlreadyExistsException') throw error;
        // Another gateway was quicker: its key is the one, and ours has encrypted nothing.
        const discard = { KeyId, PendingWindowInDays: PENDING_DAYS_MIN };
        await client.send(new kms.ScheduleKeyDeletionCommand(discard)).catch(() => undefined);
      }
    });
  }

  protected async encrypt(name: IntegrationKeyName, plaintext: Buffer, context: string): Promise<Uint8Array> {
    const { kms, client } = await this.load();
    const { CiphertextBlob } = await this.asking(() =>
      client.send(
        new kms.EncryptCommand({
          KeyId: aliasOf(name),
          Plaintext: plaintext,
          EncryptionContext: { 'gatehouse:key': context },
        }),
      ),
    );
    if (CiphertextBlob === undefined) throw providerUnavailable(undefined);
    return CiphertextBlob;
  }

  protected async decrypt(
    name: IntegrationKeyName,
    ciphertext: Uint8Array,
    context: string,
  ): Promise<Buffer> {
    const { kms, client } = await this.load();
    const { Plaintext } = await this.asking(() =>
      client.send(
        new kms.DecryptCommand({
          KeyId: aliasOf(name),
          CiphertextBlob: ciphertext,
          EncryptionContext: { 'gatehouse:key': context },
        }),
      ),
    );
    if (Plaintext === undefined) throw new CredentialUnreadable();
    const plaintext = Buffer.from(Plaintext);
    Plaintext.fill(0);
    return plaintext;
  }

  private async describe(name: IntegrationKeyName) {
    const KeyId = aliasOf(name);
    const { kms, client } = await this.load();
    return this.asking(async () => {
      const asked = client.send(new kms.DescribeKeyCommand({ KeyId }));
      const answer = await asked.catch((error: unknown) => {
        if (nameOf(error) === 'NotFoundException') return undefined;
        throw error;
      });
      const key = answer?.KeyMetadata;
      if (key === undefined) return undefined;
      return { id: key.KeyId, state: key.KeyState, deletedAt: key.DeletionDate ?? new Date(0) };
    });
  }

  /** What KMS says, in our words. */
  private async asking<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof AppError || error instanceof CredentialUnreadable) throw error;
      if (OPENS_NOT.has(nameOf(error))) throw new CredentialUnreadable();
      throw REFUSES.has(nameOf(error)) ? providerRefused(error) : providerUnavailable(error);
    }
  }

  /** The client is large: it is loaded where it is used. */
  private load() {
    const { region, endpoint, credentials } = this.options;
    this.loaded ??= import('@aws-sdk/client-kms').then((kms) => ({
      kms,
      client: new kms.KMSClient({
        region,
        maxAttempts: ATTEMPTS_MAX,
        requestHandler: { requestTimeout: TIMEOUT_MS, connectionTimeout: TIMEOUT_MS },
        ...(endpoint !== undefined && { endpoint }),
        ...(credentials !== undefined && { credentials }),
      }),
    }));
    return this.loaded;
  }
}

const OPENS_NOT: ReadonlySet<string> = new Set([
  'DisabledException',
  'IncorrectKeyException',
  'InvalidCiphertextException',
  'KMSInvalidStateException',
  'NotFoundException',
]);

const REFUSES: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'CredentialsProviderError',
  'ExpiredTokenException',
  'IncompleteSignatureException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'UnrecognizedClientException',
]);

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');

const aliasOf = (name: IntegrationKeyName): string => {
  assertKeyName(name);
  return `alias/gatehouse/${name.integrationId}/${name.epoch}`;
};
