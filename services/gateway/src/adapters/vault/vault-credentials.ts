import type { KeyObject } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Promised } from '@gatehouse/grpc';
import { AppError, type Clock } from '@gatehouse/kernel';
import type { ServiceLog } from '@gatehouse/platform';
import type { registryV1 } from '@gatehouse/proto-gen';
import {
  CredentialMisdirected,
  CredentialUnreadable,
  type DataKeyUnwrapper,
  openCredential,
  type SealedCredential,
} from '@gatehouse/sealing';
import type { CredentialUse } from '@gatehouse/provider-auth';
import type { Configuration, Integration } from '../../domain/configuration';
import { credentialNameOf } from '../../domain/credential-name';
import { fromProtoCredentialUse } from './credential-use-messages';
import type { KeptCredential, OpenedCredential } from './proof';
import type { SealedCredentialFiles } from './sealed-credential-files';

export type VaultRpc = Pick<Promised<registryV1.VaultServiceClient>, 'getSealedCredential' | 'close'>;

export interface VaultCredentialsOptions {
  readonly rpc: VaultRpc;
  readonly unwrapper: DataKeyUnwrapper;
  readonly files: SealedCredentialFiles;
  readonly clock: Clock;
  readonly log: Pick<ServiceLog, 'warn' | 'error'>;
}

interface Held {
  readonly sealed: SealedCredential;
  use: CredentialUse | undefined;
  /** Monotonic milliseconds: from then on how it is used is asked again, beside whoever uses it. */
  useUntil: number;
  dataKey: KeyObject | undefined;
  /** Monotonic milliseconds. */
  dataKeyUntil: number;
  unwrapping: Promise<KeyObject> | undefined;
}

const DATA_KEY_MS = 10 * 60_000;
const USE_MS = 60_000;
const FETCH_DEADLINE_MS = 3_000;
const FETCH_AGAIN_MS = 1_000;

/**
 * Credentials: fetched sealed when the configuration names them, ahead of the first request; their data keys unwrapped
 * once and held for minutes; the plaintext made per request and never kept.
 */
export class VaultCredentials {
  private readonly held = new Map<string, Held>();
  private readonly fetching = new Map<string, Promise<Held>>();
  private readonly missing = new Set<string>();
  private wanted: ReadonlySet<string> = new Set();
  private followed: Configuration | undefined;
  private again: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(private readonly options: VaultCredentialsOptions) {}

  /** Fetches what is new and forgets what is gone. */
  follow(configuration: Configuration): void {
    if (this.stopped) return;
    this.followed = configuration;
    const integrations = [...configuration.allIntegrations()].filter(
      ({ credentialVersion }) => credentialVersion > 0,
    );
    this.wanted = new Set(integrations.map(credentialNameOf));
    for (const name of this.held.keys()) if (!this.wanted.has(name)) this.held.delete(name);
    const isTidy = this.tidy();
    clearTimeout(this.again);
    const absent = integrations.filter((integration) => !this.held.has(credentialNameOf(integration)));
    if (absent.length === 0 && isTidy) return;
    void Promise.allSettled(absent.map((integration) => this.obtain(integration))).then((results) => {
      // What was followed before must not come back, nor a second timer go on beside the one that `stop` clears.
      if (this.stopped || this.followed !== configuration) return;
      if (isTidy && results.every(({ status }) => status === 'fulfilled')) return;
      clearTimeout(this.again);
      this.again = setTimeout(() => this.follow(configuration), FETCH_AGAIN_MS).unref();
    });
  }

  /** Whether what is gone is deleted. Where it cannot be, for want of a descriptor say, it is tried again: a gateway serves without. */
  private tidy(): boolean {
    try {
      this.options.files.keepOnly(this.wanted);
      return true;
    } catch (error) {
      this.options.log.warn({ err: error }, 'sealed credentials that are gone cannot be deleted yet');
      return false;
    }
  }

  /**
   * A key of the integration is taken away: what was opened with it is dropped, here and on disk. What is still wanted is
   * fetched again, and opens where it is wrapped to another key by now.
   */
  forget(integrationId: string, keyId: string): void {
    for (const [name, { sealed }] of this.held) {
      if (sealed.integrationId !== integrationId || sealed.keyId !== keyId) continue;
      this.held.delete(name);
      this.options.files.remove(name);
    }
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.again);
    this.held.clear();
    this.options.rpc.close();
  }

  /**
   * To be sent to a URL: at once where it is held with its data key. Errors: AppError UNAVAILABLE; REFUSED
   * `CREDENTIAL_MISDIRECTED`.
   */
  open(integration: Integration, url: string): OpenedCredential | Promise<OpenedCredential> {
    const held = this.held.get(credentialNameOf(integration));
    const dataKey = held && this.dataKeyNow(integration, held);
    return held && dataKey ? this.openNow(integration, held, dataKey, url) : this.openLater(integration, url);
  }

  private openNow(
    integration: Integration,
    { sealed, use }: KeptCredential,
    dataKey: KeyObject,
    url: string,
  ): OpenedCredential {
    try {
      const fields = openCredential(sealed, dataKey, url);
      return { sealed, fields, use: use ?? useOfBefore(fields) };
    } catch (error) {
      throw this.notOpened(integration, error);
    }
  }

  private async openLater(integration: Integration, url: string): Promise<OpenedCredential> {
    const usable = await this.usable(integration).catch((error: unknown) => {
      throw this.notOpened(integration, error);
    });
    return this.openNow(integration, usable, usable.dataKey, url);
  }

  private notOpened({ id }: Integration, error: unknown): AppError {
    this.options.log.error({ err: error, integrationId: id }, 'a credential is not opened');
    return error instanceof CredentialMisdirected
      ? new AppError('REFUSED', 'CREDENTIAL_MISDIRECTED')
      : unavailable(error);
  }

  /** The data key where it is still good. How the credential is used is asked again beside it, when the time has come. */
  private dataKeyNow(integration: Integration, held: Held): KeyObject | undefined {
    const now = this.options.clock.monotonicMs();
    if (now >= held.useUntil) this.askForUse(integration, held);
    return now < held.dataKeyUntil ? held.dataKey : undefined;
  }

  /** With its data key. A wrap whose key is gone was replaced by another meanwhile: the vault has that one. */
  private async usable(integration: Integration): Promise<Usable> {
    const name = credentialNameOf(integration);
    const held = this.held.get(name) ?? (await this.obtain(integration));
    const dataKey = this.dataKeyNow(integration, held);
    if (dataKey) return usableOf(held, dataKey);
    try {
      return usableOf(held, await this.dataKeyOf(held));
    } catch (error) {
      if (!(error instanceof CredentialUnreadable)) throw error;
      if (this.held.get(name) === held) this.held.delete(name);
      const fresh = await this.obtain(integration);
      if (fresh.sealed.keyId === held.sealed.keyId) throw error;
      return usableOf(fresh, await this.dataKeyOf(fresh));
    }
  }

  /** Settings that are no part of a credential change under its version. Nobody waits; while nothing is told all stays. */
  private askForUse(integration: Integration, held: Held): void {
    held.useUntil = this.options.clock.monotonicMs() + USE_MS;
    this.ask(integration).then(
      (kept) => this.keep(integration, held, kept),
      () => undefined,
    );
  }

  private keep(integration: Integration, held: Held, { sealed, use }: KeptCredential): void {
    // Under another wrap it is another file; who opens it next will find that.
    if (sealed.keyId !== held.sealed.keyId || isDeepStrictEqual(held.use, use)) return;
    held.use = use;
    if (this.held.get(credentialNameOf(integration)) === held) this.write(integration, held);
  }

  /** Unwrapped once for all who wait: it takes milliseconds. */
  private dataKeyOf(held: Held): Promise<KeyObject> {
    held.unwrapping ??= this.options.unwrapper
      .unwrap(held.sealed)
      .then((dataKey) => {
        held.dataKey = dataKey;
        held.dataKeyUntil = this.options.clock.monotonicMs() + DATA_KEY_MS;
        return dataKey;
      })
      .finally(() => (held.unwrapping = undefined));
    return held.unwrapping;
  }

  /** From disk or from the vault; asked once for all who wait. Errors: AppError UNAVAILABLE. */
  private obtain(integration: Integration): Promise<Held> {
    const name = credentialNameOf(integration);
    const known = this.fetching.get(name);
    if (known) return known;
    const fetching = this.fetch(integration).finally(() => this.fetching.delete(name));
    this.fetching.set(name, fetching);
    return fetching;
  }

  private async fetch(integration: Integration): Promise<Held> {
    const name = credentialNameOf(integration);
    const saved = await this.saved(integration);
    const held = saved ?? heldOf(await this.ask(integration), this.options.clock.monotonicMs() + USE_MS);
    this.missing.delete(name);
    if (!this.wanted.has(name)) return held;
    this.held.set(name, held);
    // Ahead of the first request; what does not open is told to the request that needs it.
    if (!held.dataKey) this.dataKeyOf(held).catch(() => undefined);
    if (held !== saved) this.write(integration, held);
    return held;
  }

  private write(integration: Integration, { sealed, use }: Held): void {
    const { files, log } = this.options;
    files
      .write(credentialNameOf(integration), { sealed, ...(use && { use }) })
      .catch((error: unknown) =>
        log.warn({ err: error, integrationId: integration.id }, 'a sealed credential cannot be kept on disk'),
      );
  }

  /** From disk, where it is and unwraps: one for a vault key that is gone is asked for anew, under its new wrap. */
  private async saved(integration: Integration): Promise<Held | undefined> {
    const kept = this.options.files.read(credentialNameOf(integration));
    if (!kept || !belongsTo(kept.sealed, integration)) return undefined;
    // How it is used may have changed while nobody was here.
    const held = heldOf(kept, 0);
    return this.dataKeyOf(held).then(
      () => held,
      () => undefined,
    );
  }

  private async ask(integration: Integration): Promise<KeptCredential> {
    const { id, credentialVersion } = integration;
    try {
      const { sealed, use } = await this.options.rpc.getSealedCredential(
        { integrationId: id, credentialVersion },
        { deadlineMs: FETCH_DEADLINE_MS },
      );
      const known = use && fromProtoCredentialUse(use);
      if (sealed && belongsTo(sealed, integration)) return { sealed, ...(known && { use: known }) };
      throw new Error('the vault answered with another credential, or with one that may be sent nowhere');
    } catch (error) {
      // Said once per credential: it is tried again every second.
      const name = credentialNameOf(integration);
      if (!this.missing.has(name)) {
        this.options.log.warn({ err: error, integrationId: id }, 'a sealed credential is not to be had');
      }
      this.missing.add(name);
      throw unavailable(error);
    }
  }
}

interface Usable extends KeptCredential {
  readonly dataKey: KeyObject;
}

/** Of a registry that did not tell how a credential is used: every provider that it has served takes a bearer. */
const useOfBefore = (fields: Readonly<Record<string, string>>): CredentialUse => ({
  kind: 'organization' in fields || 'project' in fields ? 'organization-key' : 'api-key',
  scheme: 'bearer',
  fields: {},
  audience: '',
  externalId: '',
});

const usableOf = ({ sealed, use }: Held, dataKey: KeyObject): Usable => ({
  sealed,
  ...(use && { use }),
  dataKey,
});

const heldOf = ({ sealed, use }: KeptCredential, useUntil: number): Held => ({
  sealed,
  use,
  useUntil,
  dataKey: undefined,
  dataKeyUntil: 0,
  unwrapping: undefined,
});

/**
 * A credential opens only under its own organization and integration; another's is not even tried. Nor is one without
 * origins, which earlier versions kept on disk: the vault states them.
 */
const belongsTo = (sealed: SealedCredential, integration: Integration): boolean =>
  sealed.origins.length > 0 &&
  sealed.organizationId === integration.organizationId &&
  sealed.integrationId === integration.id &&
  sealed.credentialVersion === integration.credentialVersion;

const unavailable = (cause: unknown): AppError =>
  new AppError('UNAVAILABLE', 'CREDENTIAL_UNAVAILABLE', { cause });
