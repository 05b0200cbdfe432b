import { type ApiKeyId, AppError, type InviteId, type SessionId } from '@gatehouse/kernel';
import {
  AUTHORIZATION_KEY,
  Authenticator,
  type IdTokenPrincipal,
  keyOf,
  type Principal,
  SERVICE_TOKEN_KEY,
} from '@gatehouse/grpc';
import type { Identity } from '@gatehouse/topology';
import type { Metadata } from '@grpc/grpc-js';
import type { NotedApiKeyUses } from './api-key-uses';
import { type ApiKeys, KeyLookups } from './key-lookups';
import { CheckedTokens, INVITE_TOKEN, SESSION_TOKEN, SIGN_IN_LINK_TOKEN } from './checked-tokens';
import type { Peppers, PresentedKey } from './peppers';
import { ServiceAuthenticator, type ServiceAuthenticatorOptions } from './service-authenticator';

/** Verifies ID tokens of the identity provider that is trusted. */
export abstract class IdTokens {
  /** UNAUTHENTICATED `CREDENTIALS_UNKNOWN`; UNAVAILABLE `IDENTITY_PROVIDER_UNREACHABLE` where its keys cannot be had. */
  abstract verify(token: string): Promise<IdTokenPrincipal>;
}

/** Three parts in base64url; no token of ours has a dot. */
const ID_TOKEN = /^[\w-]+\.[\w-]+\.[\w-]*$/;

export interface TokenAuthenticatorOptions extends ServiceAuthenticatorOptions {
  readonly peppers: Peppers;
  /** The same, 32 bytes each, which tokens are made by. */
  readonly tokenPeppers: readonly Uint8Array[];
  /** Told of each key that is let in. */
  readonly uses: Pick<NotedApiKeyUses, 'note'>;
  /** Of a service at which people sign in; elsewhere ID tokens are nothing. */
  readonly idTokens?: IdTokens | undefined;
  /** How long a key with a right check value is looked for again: it may have been issued an instant ago. */
  readonly patienceMs?: number;
}

/**
 * Service identities as `ServiceAuthenticator` knows them; organizations by their API keys; who has signed in by the session's token; who
 * is invited, or was given a link to sign in by, by that token; people by ID tokens where they sign in.
 */
export class TokenAuthenticator extends Authenticator {
  private readonly lookups: KeyLookups;
  private readonly services: ServiceAuthenticator;
  private readonly invites: CheckedTokens<InviteId>;
  private readonly sessions: CheckedTokens<SessionId>;
  private readonly links: CheckedTokens<ApiKeyId>;

  constructor(
    keys: ApiKeys,
    private readonly options: TokenAuthenticatorOptions,
  ) {
    super();
    this.lookups = new KeyLookups(keys, options.patienceMs ?? 1_000);
    this.services = new ServiceAuthenticator(options);
    const { tokenPeppers } = options;
    this.invites = new CheckedTokens(INVITE_TOKEN, tokenPeppers);
    this.sessions = new CheckedTokens(SESSION_TOKEN, tokenPeppers);
    this.links = new CheckedTokens(SIGN_IN_LINK_TOKEN, tokenPeppers);
  }

  async authenticate(metadata: Metadata, identity?: Identity): Promise<Principal> {
    const [authorization] = metadata.get(AUTHORIZATION_KEY);
    const hasToken = metadata.get(SERVICE_TOKEN_KEY).length > 0;
    // With a key it is the key that counts: the operator's certificate may carry an administrator's call.
    if (hasToken || authorization === undefined) return this.services.authenticate(metadata, identity);
    const key = typeof authorization === 'string' ? /^Bearer (\S+)$/i.exec(authorization)?.[1] : undefined;
    if (key === undefined) throw new AppError('UNAUTHENTICATED', 'CREDENTIALS_MISSING');
    if (this.invites.claims(key)) {
      const { id, ...presented } = known(this.invites.recognize(key));
      return { kind: 'invite', inviteId: id, ...presented };
    }
    if (this.links.claims(key)) {
      const { id, ...presented } = known(this.links.recognize(key));
      return { kind: 'signInLink', keyId: id, ...presented };
    }
    if (this.sessions.claims(key)) {
      const { tokenHash } = known(this.sessions.recognize(key));
      return this.holderOf({ form: 'checked', hashes: [tokenHash] });
    }
    if (this.options.idTokens && ID_TOKEN.test(key)) return this.options.idTokens.verify(key);
    return this.holderOf(this.options.peppers.recognize(key) ?? NO_KEY);
  }

  private async holderOf({ form, hashes }: PresentedKey): Promise<Principal> {
    for (const hash of hashes) {
      const principal = await this.lookups.find(hash, form);
      if (!principal) continue;
      const key = keyOf(principal);
      if (key) this.options.uses.note(key.keyId);
      return principal;
    }
    throw new AppError('UNAUTHENTICATED', 'CREDENTIALS_UNKNOWN');
  }
}

const NO_KEY: PresentedKey = { form: 'unchecked', hashes: [] };

const known = <T>(presented: T | undefined): T => {
  if (presented === undefined) throw new AppError('UNAUTHENTICATED', 'CREDENTIALS_UNKNOWN');
  return presented;
};
