import { AppError } from '@gatehouse/kernel';
import { AUTHORIZATION_KEY, Authenticator, type Principal, SERVICE_TOKEN_KEY } from '@gatehouse/grpc';
import type { Identity } from '@gatehouse/topology';
import type { Metadata } from '@grpc/grpc-js';
import { type ApiKeys, KeyLookups } from './key-lookups';
import { type InviteTokens, isInviteToken } from './invite-tokens';
import type { Peppers, PresentedKey } from './peppers';
import { ServiceAuthenticator, type ServiceAuthenticatorOptions } from './service-authenticator';

export interface TokenAuthenticatorOptions extends ServiceAuthenticatorOptions {
  readonly peppers: Peppers;
  readonly invites: InviteTokens;
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
    return isInviteToken(key) ? this.inviteOf(key) : this.keyOf(key);
  }

  private inviteOf(token: string): Principal {
    const invite = this.options.invites.recognize(token);
    if (!invite) throw new AppError('UNAUTHENTICATED', 'CREDENTIALS_UNKNOWN');
    return { kind: 'invite', ...invite };
  }

  private async keyOf(key: string): Promise<Principal> {
    const { form, hashes } = this.options.peppers.recognize(key) ?? NO_KEY;
    for (const hash of hashes) {
      const principal = await this.lookups.find(hash, form);
      if (principal) return principal;
    }
    throw new AppError('UNAUTHENTICATED', 'CREDENTIALS_UNKNOWN');
  }
}

const NO_KEY: PresentedKey = { form: 'unchecked', hashes: [] };
