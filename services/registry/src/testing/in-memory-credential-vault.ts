import type { IntegrationId } from '@gatehouse/kernel';
import type { SealedCredential, WrappedDataKey } from '@gatehouse/sealing';
import {
  type AgingSecret,
  type AwaitedApproval,
  type AwaitingSecret,
  CredentialVault,
  type UnconfirmedSecret,
} from '../app/integration/integration.ports';

interface Row extends UnconfirmedSecret {
  readonly sealed: SealedCredential;
  readonly at: Date;
  readonly confirmed: boolean;
  readonly awaited?: AwaitedApproval;
}

const AT_ONCE_MAX = 2;

/** The vault of one process, for specs. */
export class InMemoryCredentialVault extends CredentialVault {
  readonly rows = new Map<string, Row>();

  async keep(secretId: string, sealed: SealedCredential, at: Date, awaitingUntil?: Date): Promise<void> {
    const there = this.rows.get(secretId);
    if (there !== undefined) {
      const { awaited: _awaited, ...row } = there;
      if (awaitingUntil === undefined) this.rows.set(secretId, row);
      return;
    }
    const { credentialVersion } = sealed;
    const integrationId = sealed.integrationId as IntegrationId;
    const row = { secretId, integrationId, credentialVersion, sealed, at, confirmed: false };
    const awaited = awaitingUntil && { until: awaitingUntil, proposalId: undefined };
    this.rows.set(secretId, { ...row, ...(awaited && { awaited }) });
  }

  async awaitApproval(secretId: string, { until, proposalId }: AwaitedApproval): Promise<void> {
    const row = this.rows.get(secretId);
    if (row && !row.confirmed) this.rows.set(secretId, { ...row, awaited: { until, proposalId } });
  }

  async awaitingApproval(after?: AwaitingSecret): Promise<readonly AwaitingSecret[]> {
    const awaiting = [...this.rows.values()].flatMap(({ secretId, confirmed, awaited }) =>
      confirmed || !awaited ? [] : [{ secretId, ...awaited }],
    );
    return pageOf(awaiting, ({ until }) => until, after);
  }

  async take(secretId: string): Promise<boolean> {
    const row = this.rows.get(secretId);
    if (row) this.rows.set(secretId, { ...row, confirmed: true });
    return row !== undefined;
  }

  async destroyUnapproved(secretId: string): Promise<void> {
    if (this.rows.get(secretId)?.confirmed === false) this.rows.delete(secretId);
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

  async unconfirmedBefore(at: Date, after?: AgingSecret): Promise<readonly AgingSecret[]> {
    const unconfirmed = [...this.rows.values()]
      .filter((row) => !row.confirmed && !row.awaited && row.at < at)
      .map(({ secretId, integrationId, credentialVersion, at: sealedAt }) => ({
        ...{ secretId, integrationId, credentialVersion, sealedAt },
      }));
    return pageOf(unconfirmed, ({ sealedAt }) => sealedAt, after);
  }
}

/** Those of the earliest times, from after one. */
const pageOf = <Secret extends { readonly secretId: string }>(
  secrets: readonly Secret[],
  timeOf: (secret: Secret) => Date,
  after: Secret | undefined,
): readonly Secret[] => {
  const place = (secret: Secret): string => `${timeOf(secret).toISOString()} ${secret.secretId}`;
  return secrets
    .filter((secret) => after === undefined || place(secret) > place(after))
    .sort((a, b) => (place(a) < place(b) ? -1 : 1))
    .slice(0, AT_ONCE_MAX);
};
