import type { Clock } from '@gatehouse/kernel';
import type { TokenCache } from '@gatehouse/provider-auth';
import type { ProcessSeal } from '@gatehouse/sealing';
import { jsonIn } from '@gatehouse/kernel';
import { secretManagerUnavailable, secretNotGranted, secretUnusable } from './secret-errors';
import { isGranted, type SecretGrants } from './secret-grants';
import { malformedParts, type SecretLocator } from '@gatehouse/kernel';
import { addressOf } from './secret-address';
import type { SecretSource, SecretSources } from './secret-source';

export interface SecretReferencesParts {
  readonly grants: SecretGrants;
  readonly sources: SecretSources;
  readonly cache: TokenCache;
  readonly seal: ProcessSeal;
  readonly clock: Clock;
}

/**
 * How long a value is good for. The cache asks anew two minutes before, so for that long a manager may be away: a value is
 * used for five minutes, seven at most.
 */
const GOOD_FOR_MS = 7 * 60_000;
const VALUE_LENGTH_MAX = 8_192;
/** What a header can hold, without spaces around it. */
const SENDABLE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** Secrets that others keep, by the operator's leave. What is read is kept for minutes, sealed under a key of the process. */
export class SecretReferences {
  constructor(private readonly parts: SecretReferencesParts) {}

  /**
   * The secret, or one member of it where it is an object in JSON. Errors: FORBIDDEN `SECRET_NOT_GRANTED`; REFUSED
   * `SECRET_NOT_FOUND`, `SECRET_UNUSABLE`; UNAVAILABLE `SECRET_MANAGER_UNAVAILABLE`.
   *
   * @param member empty for the whole.
   */
  async secret(organizationId: string, locator: SecretLocator, member: string): Promise<string> {
    const { grants, cache } = this.parts;
    // Not only when it is read: who is no longer granted a secret has none of what is kept of it.
    if (malformedParts(locator).length > 0 || !isGranted(grants, organizationId, locator)) {
      throw secretNotGranted(locator.kind);
    }
    const whole = await cache.get(this.nameOf(locator), () => this.read(locator));
    return usable(locator, member === '' ? whole : memberOf(whole, member));
  }

  /** A provider does not take the value any more: the next one is read from its manager. */
  forget(locator: SecretLocator): void {
    this.parts.cache.forget(this.nameOf(locator), () => true);
  }

  /** Organizations that are granted one secret share what is kept of it. */
  private nameOf(locator: SecretLocator): string {
    return this.parts.seal.nameOf('secret-reference', locator.kind, addressOf(locator));
  }

  private async read(locator: SecretLocator): Promise<{ token: string; expiresAt: Date }> {
    const source = this.parts.sources[locator.kind] as SecretSource | undefined;
    if (source === undefined) throw secretManagerUnavailable(locator.kind);
    const token = await source.read(locator);
    return { token, expiresAt: new Date(this.parts.clock.now().getTime() + GOOD_FOR_MS) };
  }
}

const memberOf = (whole: string, member: string): unknown => {
  const object = jsonIn(whole);
  if (typeof object !== 'object' || object === null || !Object.hasOwn(object, member)) return undefined;
  return (object as Readonly<Record<string, unknown>>)[member];
};

const usable = ({ kind }: SecretLocator, value: unknown): string => {
  if (typeof value !== 'string' || value.length > VALUE_LENGTH_MAX || !SENDABLE.test(value)) {
    throw secretUnusable(kind);
  }
  return value;
};
