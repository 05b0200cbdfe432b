import type { IntegrationId } from '@gatehouse/kernel';
import type { SealedCredential, WrappedDataKey } from '@gatehouse/sealing';
import { CredentialVault, type UnconfirmedSecret } from '../app/integration/integration.ports';

interface Row extends UnconfirmedSecret {
  readonly sealed: SealedCredential;
  readonly at: Date;
  readonly confirmed: boolean;
}

/** The vault of one process, for specs. */
export class InMemoryCredentialVault extends CredentialVault {
  readonly rows = new Map<string, Row>();

  async keep(secretId: string, sealed: SealedCredential, at: Date): Promise<void> {
    if (this.rows.has(secretId)) return;
    const { credentialVersion } = sealed;
    const integrationId = sealed.integrationId as IntegrationId;
    this.rows.set(secretId, { secretId, integrationId, credentialVersion, sealed, at, confirmed: false });
  }

  async find(secretId: string): Promise<SealedCredential | undefined> {
    return this.rows.get(secretId)?.sealed;
  }

  async confirm({ secretId, integrationId, credentialVersion }: UnconfirmedSecret): Promise<void> {
    for (const row of [...this.rows.values()]) {
      if (row.secretId === secretId) this.rows.set(secretId, { ...row, confirmed: true });
      else if (row.integrationId === integrationId && row.credentialVersion <= credentialVersion) {
        this.rows.delete(row.secretId);
      }
    }
  }

  async destroy(secretId: string): Promise<void> {
    this.rows.delete(secretId);
  }

  async destroyAll(integrationId: IntegrationId): Promise<void> {
    for (const row of [...this.rows.values()]) {
      if (row.integrationId === integrationId) this.rows.delete(row.secretId);
    }
  }

  async rewrap(secretId: string, fromKeyId: string, wrapped: WrappedDataKey): Promise<boolean> {
    const row = this.rows.get(secretId);
    if (row?.sealed.keyId !== fromKeyId) return false;
    const { keyId, keyCustody, encapsulatedKey, wrappedDataKey } = wrapped;
    this.rows.set(secretId, {
      ...row,
      sealed: { ...row.sealed, keyId, keyCustody, encapsulatedKey, wrappedDataKey },
    });
    return true;
  }

  async unconfirmedBefore(at: Date): Promise<readonly UnconfirmedSecret[]> {
    return [...this.rows.values()]
      .filter((row) => !row.confirmed && row.at < at)
      .sort((a, b) => a.at.getTime() - b.at.getTime())
      .map(({ secretId, integrationId, credentialVersion }) => ({
        secretId,
        integrationId,
        credentialVersion,
      }));
  }
}
