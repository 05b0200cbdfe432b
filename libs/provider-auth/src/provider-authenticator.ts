import type { Clock } from '@gatehouse/kernel';
import type { ProcessSeal } from '@gatehouse/sealing';
import { type AmbientIdentities, ambientIdentityOf } from './ambient-identities';
import { ambientIdentityNotAllowed } from './auth-errors';
import { assumeRole } from './aws/assume-role';
import { signV4 } from './aws/sign-v4';
import { tokenByClientSecret, tokenByFederation, tokenByManagedIdentity } from './entra/entra-token';
import { tokenByServiceAccount } from './google/service-account-token';
import type { Headers, OutgoingRequest } from './outgoing-request';
import type {
  AwsKeys,
  CredentialHolder,
  CredentialOf,
  ProviderCredential,
  TokenCredential,
} from './provider-credential';
import { bearer, customHeaders, keyInHeader } from './static-headers';
import { type FreshToken, TokenCache } from './tokens/token-cache';
import type { TokenTransport } from './tokens/token-transport';

type BearerCredential = Exclude<TokenCredential, { kind: 'aws-assumed-role' }>;

export interface AuthenticatorParts {
  readonly clock: Clock;
  /** What tokens are kept under. */
  readonly seal: ProcessSeal;
  readonly transport: TokenTransport;
  readonly ambient: AmbientIdentities;
}

/**
 * Turns an opened credential into the headers by which a provider knows whose a request is. Tokens that are made of it
 * are kept, sealed, until shortly before they expire; the credential itself is not.
 *
 * Errors, none of which holds anything of the credential or of an answer: INVALID for a credential that cannot be
 * right, REFUSED where its issuer does not take it, UNAVAILABLE where the issuer is not to be had, FORBIDDEN for an
 * identity of the machine that the operator did not list.
 */
export class ProviderAuthenticator {
  private readonly clock: Clock;
  private readonly transport: TokenTransport;
  private readonly ambient: AmbientIdentities;
  private readonly seal: ProcessSeal;
  private readonly tokens: TokenCache;

  constructor({ clock, seal, transport, ambient }: AuthenticatorParts) {
    this.clock = clock;
    this.transport = transport;
    this.ambient = ambient;
    this.seal = seal;
    this.tokens = new TokenCache(clock, seal);
  }

  /** The headers to send beside the request's own: at once, where a credential is shown as it is. The request must leave as it is given. */
  headersFor(
    holder: CredentialHolder,
    credential: ProviderCredential,
    request: OutgoingRequest,
  ): Headers | Promise<Headers> {
    switch (credential.kind) {
      case 'none':
        return {};
      case 'bearer-key':
        return bearer(credential.key);
      case 'organization-key':
        return { ...customHeaders(credential.headers), ...bearer(credential.key) };
      case 'header-key':
        return keyInHeader(credential.header, credential.key, credential.scheme);
      case 'static-headers':
        return customHeaders(credential.headers);
      case 'entra-client-secret':
      case 'entra-managed-identity':
      case 'entra-workload-identity':
      case 'google-service-account':
        return this.bearerToken(holder, credential).then(bearer);
      case 'aws-access-key':
        return this.signed(credential, credential, request);
      case 'aws-assumed-role':
        return this.roleKeys(holder, credential).then((keys) => this.signed(keys, credential, request));
    }
  }

  /** Drops the token that made these headers, where it is still the one in use: its provider refused it before its time. */
  forget(holder: CredentialHolder, credential: ProviderCredential, refused: Headers): void {
    const { authorization, 'x-amz-security-token': sessionToken } = refused;
    this.tokens.forget(this.nameOf(holder, credential), (token) =>
      credential.kind === 'aws-assumed-role'
        ? (JSON.parse(token) as AwsKeys).sessionToken === sessionToken
        : authorization === `Bearer ${token}`,
    );
  }

  private bearerToken(holder: CredentialHolder, credential: BearerCredential): Promise<string> {
    return this.tokenOf(holder, credential, () => this.freshToken(credential));
  }

  private async roleKeys(holder: CredentialHolder, role: CredentialOf<'aws-assumed-role'>): Promise<AwsKeys> {
    const kept = await this.tokenOf(holder, role, async () => {
      const source = role.source === 'gateway-role' ? await this.ambient.gatewayKeys() : role.source;
      const { keys, expiresAt } = await assumeRole(this.transport, role, source, holder, this.clock.now());
      return { token: JSON.stringify(keys), expiresAt };
    });
    return JSON.parse(kept) as AwsKeys;
  }

  private async tokenOf(
    holder: CredentialHolder,
    credential: TokenCredential,
    fetch: () => Promise<FreshToken>,
  ): Promise<string> {
    this.refuseUnlistedIdentity(holder, credential);
    return this.tokens.get(this.nameOf(holder, credential), fetch);
  }

  private async freshToken(credential: BearerCredential): Promise<FreshToken> {
    const { transport } = this;
    const now = this.clock.now();
    switch (credential.kind) {
      case 'entra-client-secret':
        return tokenByClientSecret(transport, credential, now);
      case 'entra-managed-identity':
        return tokenByManagedIdentity(transport, credential, now);
      case 'entra-workload-identity':
        return tokenByFederation(transport, credential, await this.ambient.federatedToken(), now);
      case 'google-service-account':
        return tokenByServiceAccount(transport, credential.json, now);
    }
  }

  /** Asked every time, not only when a token is fetched: the operator may have taken it back. */
  private refuseUnlistedIdentity(holder: CredentialHolder, credential: TokenCredential): void {
    const identity = ambientIdentityOf(credential);
    if (identity && !this.ambient.allows(holder.organizationId, identity)) throw ambientIdentityNotAllowed();
  }

  private signed(
    { accessKeyId, secretAccessKey, sessionToken }: AwsKeys,
    { region, service }: CredentialOf<'aws-access-key' | 'aws-assumed-role'>,
    request: OutgoingRequest,
  ): Promise<Headers> {
    const keys = {
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
    };
    return signV4(keys, { region, service }, request, this.clock.now());
  }

  /**
   * Holder and every field are in it, the secret ones too: should one holder's credential ever be another than before
   * under the same version, its token is another as well.
   */
  private nameOf(holder: CredentialHolder, credential: ProviderCredential): string {
    const { organizationId, integrationId, credentialVersion } = holder;
    return this.seal.nameOf(
      organizationId,
      integrationId,
      String(credentialVersion),
      JSON.stringify(credential),
    );
  }
}
