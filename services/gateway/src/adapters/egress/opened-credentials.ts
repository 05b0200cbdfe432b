import { AppError, integrationId, organizationId } from '@gatehouse/kernel';
import {
  type ProviderAuthenticator,
  type ProviderCredential,
  providerCredentialOf,
  tokenOriginOf,
} from '@gatehouse/provider-auth';
import {
  CredentialMisdirected,
  type DataKeyUnwrapper,
  leadsTo,
  openCredential,
  type SealedCredential,
} from '@gatehouse/sealing';
import { ProbeCredentials, type ProbeIdentity, type ProbeTarget } from '../../app/egress.ports';
import { ConnectionFailed } from '../../domain/connection/connection-result';
import { secretValuesIn } from '../../domain/secrets';
import type { ReferencedCredentials } from '../vault/referenced-credentials';

/** Opens a sealed credential for one probe, and has its headers made. */
export class OpenedCredentials extends ProbeCredentials {
  constructor(
    private readonly unwrapper: DataKeyUnwrapper,
    private readonly authenticator: ProviderAuthenticator,
    private readonly references: Pick<ReferencedCredentials, 'resolved'>,
  ) {
    super();
  }

  async identify(target: ProbeTarget): Promise<ProbeIdentity> {
    try {
      return await this.identityOf(target);
    } catch (error) {
      throw failureOf(error);
    }
  }

  private async identityOf({ sealed, use, baseUrl, path, headers }: ProbeTarget): Promise<ProbeIdentity> {
    const url = `${baseUrl}${path}`;
    const fields = await this.resolved(sealed, await this.open(sealed, url));
    const credential = providerCredentialOf(use, fields);
    assertIssuerBound(credential, sealed);
    const request = { method: 'GET', url: new URL(url), headers, body: Buffer.alloc(0) };
    const proof = await this.authenticator.headersFor(sealed, credential, request);
    return {
      headers: proof,
      secrets: [...secretValuesIn(fields), ...Object.values(proof).map(withoutScheme)],
    };
  }

  private async resolved(
    sealed: SealedCredential,
    opened: Readonly<Record<string, string>>,
  ): Promise<Readonly<Record<string, string>>> {
    const owner = {
      id: integrationId(sealed.integrationId),
      organizationId: organizationId(sealed.organizationId),
    };
    try {
      return await this.references.resolved(owner, opened);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      throw new ConnectionFailed('reference-unresolved');
    }
  }

  private async open(sealed: SealedCredential, url: string): Promise<Readonly<Record<string, string>>> {
    try {
      return openCredential(sealed, await this.unwrapper.unwrap(sealed), url);
    } catch (error) {
      if (error instanceof CredentialMisdirected) throw error;
      throw new ConnectionFailed('credential-unreadable');
    }
  }
}

/** Of a header's value: the token after `Bearer` and its like, by which a provider would quote it. */
const withoutScheme = (value: string): string => value.slice(value.indexOf(' ') + 1);

/** The issuer of its tokens is shown the credential too: it has to be among the origins that it is sealed for. */
const assertIssuerBound = (credential: ProviderCredential, { origins }: SealedCredential): void => {
  const issuer = tokenOriginOf(credential);
  if (issuer !== undefined && !leadsTo(issuer, origins)) throw new CredentialMisdirected();
};

const failureOf = (error: unknown): unknown => {
  if (error instanceof CredentialMisdirected) return new ConnectionFailed('credential-misdirected');
  if (!(error instanceof AppError)) return error;
  const { field = '', issuer = '' } = error.metadata;
  switch (error.reason) {
    case 'PROVIDER_CREDENTIAL_MALFORMED':
      return new ConnectionFailed('credential-malformed', field);
    case 'PROVIDER_CREDENTIAL_REJECTED':
      return new ConnectionFailed('credential-rejected', issuer);
    case 'AMBIENT_IDENTITY_NOT_ALLOWED':
      return new ConnectionFailed('identity-not-lent');
    case 'AMBIENT_IDENTITY_MISSING':
      return new ConnectionFailed('identity-missing');
    case 'TOKEN_ISSUER_UNAVAILABLE':
    case 'TOKEN_ISSUER_ANSWER_UNUSABLE':
      return new ConnectionFailed('issuer-unavailable', issuer);
    default:
      return error;
  }
};
