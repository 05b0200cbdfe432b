import { AppError } from '@gatehouse/kernel';
import { AUTHORIZATION_KEY, Authenticator, keyOf, type Principal, SERVICE_TOKEN_KEY } from '@gatehouse/grpc';
import type { Identity } from '@gatehouse/topology';
import type { Metadata } from '@grpc/grpc-js';
import type { NotedApiKeyUses } from './api-key-uses';
import { type ApiKeys, KeyLookups } from './key-lookups';
import { type InviteTokens, isInviteToken } from './invite-tokens';
import type { Peppers, PresentedKey } from './peppers';
import { ServiceAuthenticator, type ServiceAuthenticatorOptions } from './service-authenticator';

export interface TokenAuthenticatorOptions extends ServiceAuthenticatorOptions {
  readonly peppers: Peppers;
  readonly invites: InviteTokens;
  /** Told of each key that is let in. */
  readonly uses: Pick<NotedApiKeyUses, 'note'>;
  /** How long a key with a right check value is looked for again: it may have been issued an instant ago. */
  readonly patienceMs?: number;
}

/** Service identities as `ServiceAuthenticator` knows them; organizations by their API keys; who is invited by the token. */
export class TokenAuthenticator extends Authenticator {
  private readonly lookups: KeyLookups;
  private readonly services: ServiceAuthenticator;

  constructor(
    keys: ApiKeys,
    private readonly options: TokenAuthenticatorOptions,
  ) {
    super();
    this.lookups = new KeyLookups(keys, options.patienceMs ?? 1_000);
    this.services = new ServiceAuthenticator(options);
  }

  async authenticate(metadata: Metadata, identity?: Identity): Promise<Principal> {
    const [authorization] = metadata.get(AUTHORIZATION_KEY);
    const hasToken = metadata.get(SERVICE_TOKEN_KEY).length > 0;
    // With a key it is the key that counts: the operator's certificate may carry an administrator's call.
    if (hasToken || authorization === undefined) return this.services.authenticate(metadata, identity);
    const key = typeof authorization === 'string' ? /^Bearer (\S+)$/i.exec(authorization)?.[1] : undefined;
    if (key === undefined) throw new AppError('UNAUTHENTICATED', 'CREDENTIALS_MISSING');
    return isInviteToken(key) ? this.inviteOf(key) : this.holderOf(key);
  }

  private inviteOf(token: string): Principal {
    const invite = this.options.invites.recognize(token);
    if (!invite) throw new AppError('UNAUTHENTICATED', 'CREDENTIALS_UNKNOWN');
    return { kind: 'invite', ...invite };
  }

  private async holderOf(key: string): Promise<Principal> {
    const { form, hashes } = this.options.peppers.recognize(key) ?? NO_KEY;
    for (const hash of hashes) {
      const principal = await this.lookups.find(hash, form);
      if (!principal) continue;
      const known = keyOf(principal);
      if (known) this.options.uses.note(known.keyId);
      return principal;
    }
    throw new AppError('UNAUTHENTICATED', 'CREDENTIALS_UNKNOWN');
  }
}

const NO_KEY: PresentedKey = { form: 'unchecked', hashes: [] };
