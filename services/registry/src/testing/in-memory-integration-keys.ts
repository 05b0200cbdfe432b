import { AppError, type IntegrationId } from '@gatehouse/kernel';
import type { IntegrationKey } from '@gatehouse/sealing';
import type { KeptSecret } from '../app/integration/integration.ports';
import { type CondemnedKey, IntegrationKeys, type KeyName } from '../app/vault/integration-keys.ports';
import type { InMemoryCredentialVault } from './in-memory-credential-vault';

interface KeyRow extends KeyName {
  readonly askedAt: Date;
  readonly madeAt?: Date;
  readonly key?: IntegrationKey;
  readonly dueAt?: Date;
  readonly scheduled?: boolean;
  readonly destroyed?: boolean;
}

const BATCH_MAX = 500;

/** The keys of one process, for specs. */
export class InMemoryIntegrationKeys extends IntegrationKeys {
  readonly rows = new Map<string, KeyRow>();

  constructor(private readonly vault: InMemoryCredentialVault) {
    super();
  }

  async use(id: IntegrationId, epochMin: number, at: Date): Promise<IntegrationKey | undefined> {
    const [row] = this.of(id)
      .filter(({ epoch, key, dueAt }) => epoch >= epochMin && key !== undefined && dueAt === undefined)
      .sort((a, b) => b.epoch - a.epoch);
    if (row) this.change(row, { askedAt: at });
    return row?.key;
  }

  async ask(name: KeyName, askedAt: Date): Promise<void> {
    const known = this.rows.get(nameOf(name));
    if (known?.dueAt !== undefined) throw destroyed();
    this.rows.set(nameOf(name), { ...name, ...known, askedAt });
  }

  async made(name: KeyName, key: IntegrationKey): Promise<IntegrationKey> {
    const row = this.rows.get(nameOf(name));
    if (row === undefined) throw destroyed();
    const next = row.key ? { ...row, key: row.key } : { ...row, key, madeAt: row.askedAt };
    this.rows.set(nameOf(name), next);
    if (next.dueAt !== undefined) throw destroyed();
    return next.key;
  }

  async keyIdsOf(id: IntegrationId): Promise<readonly string[]> {
    return this.of(id).flatMap(({ key, destroyed: isGone }) => (key && !isGone ? [key.keyId] : []));
  }

  async condemn(id: IntegrationId, at: Date): Promise<void> {
    for (const row of this.of(id)) if (row.dueAt === undefined) this.change(row, { dueAt: at });
  }

  async condemnUnused(id: IntegrationId, before: Date, at: Date): Promise<void> {
    const isSealedTo = [...this.vault.rows.values()].some(({ integrationId }) => integrationId === id);
    if (isSealedTo) return;
    for (const row of this.of(id))
      if (row.dueAt === undefined && row.askedAt < before) this.change(row, { dueAt: at });
  }

  async condemnSuperseded(before: Date): Promise<void> {
    for (const row of this.rows.values()) {
      const hasNewer = this.of(row.integrationId).some(
        ({ epoch, madeAt }) => epoch > row.epoch && madeAt !== undefined && madeAt < before,
      );
      const wraps = [...this.vault.rows.values()].some(({ sealed }) => sealed.keyId === row.key?.keyId);
      if (row.dueAt === undefined && hasNewer && !wraps) this.change(row, { dueAt: before });
    }
  }

  async withoutCredential(before: Date, after: IntegrationId | undefined): Promise<readonly IntegrationId[]> {
    const sealed = new Set([...this.vault.rows.values()].map(({ integrationId }) => integrationId));
    const ids = [...this.rows.values()]
      .filter(
        ({ dueAt, askedAt, integrationId: id }) => dueAt === undefined && askedAt < before && !sealed.has(id),
      )
      .map(({ integrationId }) => integrationId);
    return [...new Set(ids)]
      .filter((id) => id > (after ?? ''))
      .sort()
      .slice(0, BATCH_MAX);
  }

  async due(at: Date, after?: KeyName): Promise<readonly CondemnedKey[]> {
    return this.allDue(at)
      .filter((name) => after === undefined || isBehind(name, after))
      .slice(0, BATCH_MAX);
  }

  async dueOf(id: IntegrationId, at: Date): Promise<readonly CondemnedKey[]> {
    return this.allDue(at).filter(({ integrationId }) => integrationId === id);
  }

  private allDue(at: Date): readonly CondemnedKey[] {
    return [...this.rows.values()]
      .filter(({ dueAt, destroyed: isGone }) => dueAt !== undefined && dueAt <= at && !isGone)
      .map(({ integrationId, epoch, key, scheduled }) => ({
        integrationId,
        epoch,
        keyId: key?.keyId ?? '',
        wasScheduled: scheduled === true,
      }))
      .sort((a, b) => (isBehind(a, b) ? 1 : -1));
  }

  async scheduled(name: KeyName, askAgainAt: Date): Promise<void> {
    this.change(name, { scheduled: true, dueAt: askAgainAt });
  }

  async destroyed(name: KeyName): Promise<void> {
    this.change(name, { destroyed: true });
  }

  async outdatedWraps(epochMin: number, afterIntegrationId: string): Promise<readonly KeptSecret[]> {
    const isCurrent = (keyId: string, id: IntegrationId): boolean =>
      this.of(id).some(({ key, epoch }) => key?.keyId === keyId && epoch >= epochMin);
    return [...this.vault.rows.values()]
      .filter(
        ({ confirmed, sealed, integrationId }) =>
          confirmed && integrationId > afterIntegrationId && !isCurrent(sealed.keyId, integrationId),
      )
      .sort((a, b) => (a.integrationId < b.integrationId ? -1 : 1))
      .slice(0, 50);
  }

  private of(id: IntegrationId): KeyRow[] {
    return [...this.rows.values()].filter(({ integrationId }) => integrationId === id);
  }

  private change(name: KeyName, change: Partial<KeyRow>): void {
    const row = this.rows.get(nameOf(name));
    if (row !== undefined) this.rows.set(nameOf(name), { ...row, ...change });
  }
}

const isBehind = (name: KeyName, other: KeyName): boolean =>
  name.integrationId === other.integrationId
    ? name.epoch > other.epoch
    : name.integrationId > other.integrationId;

const nameOf = ({ integrationId, epoch }: KeyName): string => `${integrationId}.${epoch}`;
const destroyed = (): AppError => new AppError('REFUSED', 'INTEGRATION_KEY_DESTROYED');
