import { readFileSync } from 'node:fs';
import { AppError } from '@gatehouse/kernel';
import { CredentialUnreadable } from '../sealed-credential';
import { assertKeyName, type IntegrationKeyName } from './integration-key';
import { keyUnknown, providerRefused, providerUnavailable } from './key-errors';
import type { Destruction } from './key-provider';
import { WrappedKeys } from './wrapped-keys';

export interface VaultTransitOptions {
  /** Where Vault is: `https://vault.example:8200`. */
  readonly address: string;
  /** Where the transit engine is mounted, usually `transit`. */
  readonly mount: string;
  /** Of Vault Enterprise; empty for the root namespace. */
  readonly namespace: string;
  /** Holds the token; read for every request, since an agent may renew it. */
  readonly tokenFile: string;
}

interface Answer {
  readonly status: number;
  readonly data: Readonly<Record<string, unknown>>;
}

const TIMEOUT_MS = 5_000;

/**
 * A transit key per integration and epoch, `gatehouse-<integration>-<epoch>` (aes256-gcm96, not exportable); the private
 * half is encrypted under it, with the key's id as associated data. The token's policy allows create, read, update and
 * delete on `<mount>/keys/gatehouse-*`, update alone on `<mount>/encrypt/gatehouse-*` and `<mount>/decrypt/gatehouse-*`:
 * with create, encrypting would bring back a key that is gone.
 */
export class VaultTransitKeys extends WrappedKeys {
  readonly kind = 'vault-transit';

  constructor(private readonly options: VaultTransitOptions) {
    super();
  }

  /** Vault deletes at once, but leaves no trace: that the key is there is established first, and told as a schedule. */
  async destroy(name: IntegrationKeyName, wasScheduled: boolean): Promise<Destruction> {
    const key = await this.ask('GET', `keys/${keyOf(name)}`);
    if (key.status === 404) {
      if (!wasScheduled) throw keyUnknown();
      return { state: 'destroyed' };
    }
    if (!wasScheduled) {
      await this.demand('POST', `keys/${keyOf(name)}/config`, { deletion_allowed: true });
      return { state: 'scheduled', until: new Date() };
    }
    await this.demand('DELETE', `keys/${keyOf(name)}`);
    return { state: 'destroyed' };
  }

  protected async makeWrappingKey(name: IntegrationKeyName): Promise<void> {
    const body = { type: 'aes256-gcm96', exportable: false, allow_plaintext_backup: false };
    await this.demand('POST', `keys/${keyOf(name)}`, body);
  }

  protected async encrypt(name: IntegrationKeyName, plaintext: Buffer, context: string): Promise<Uint8Array> {
    const { ciphertext } = await this.demand('POST', `encrypt/${keyOf(name)}`, {
      plaintext: plaintext.toString('base64'),
      associated_data: Buffer.from(context).toString('base64'),
    });
    if (typeof ciphertext !== 'string') throw providerUnavailable(undefined);
    return Buffer.from(ciphertext);
  }

  protected async decrypt(
    name: IntegrationKeyName,
    ciphertext: Uint8Array,
    context: string,
  ): Promise<Buffer> {
    const { status, data } = await this.ask('POST', `decrypt/${keyOf(name)}`, {
      ciphertext: Buffer.from(ciphertext).toString('utf8'),
      associated_data: Buffer.from(context).toString('base64'),
    });
    // Of a key that is not there too.
    if (status === 400 || status === 404 || typeof data['plaintext'] !== 'string')
      throw new CredentialUnreadable();
    return Buffer.from(data['plaintext'], 'base64');
  }

  private async demand(method: string, path: string, body?: object): Promise<Answer['data']> {
    const { status, data } = await this.ask(method, path, body);
    if (status >= 400) throw providerRefused(undefined);
    return data;
  }

  /** Errors: AppError for what is neither done nor a fault of the request. */
  private async ask(method: string, path: string, body?: object): Promise<Answer> {
    const { address, mount, namespace, tokenFile } = this.options;
    try {
      const response = await fetch(`${address}/v1/${mount}/${path}`, {
        method,
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: {
          'x-vault-token': readFileSync(tokenFile, 'utf8').trim(),
          'x-vault-request': 'true',
          ...(namespace !== '' && { 'x-vault-namespace': namespace }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (response.status === 403) throw providerRefused(undefined);
      // Sealed, standby, too many requests.
      if (response.status >= 500 || response.status === 429) throw providerUnavailable(undefined);
      return { status: response.status, data: dataIn(text) };
    } catch (error) {
      throw error instanceof AppError ? error : providerUnavailable(error);
    }
  }
}

/** `{"data": {…}}`; nothing where there is no content, or another. */
const dataIn = (text: string): Answer['data'] => {
  const parsed = text === '' ? {} : (JSON.parse(text) as { data?: unknown });
  return typeof parsed.data === 'object' && parsed.data !== null ? (parsed.data as Answer['data']) : {};
};

const keyOf = (name: IntegrationKeyName): string => {
  assertKeyName(name);
  return `gatehouse-${name.integrationId}-${name.epoch}`;
};
