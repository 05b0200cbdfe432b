import { AppError, integrationId, organizationId } from '@gatehouse/kernel';
import type { ProviderAuthenticator } from '@gatehouse/provider-auth';
import {
  CredentialMisdirected,
  type DataKeyUnwrapper,
  openCredential,
  type SealedCredential,
} from '@gatehouse/sealing';
import { ProbeCredentials, type ProbeIdentity, type ProbeTarget } from '../../app/egress.ports';
import { ConnectionFailed } from '../../domain/connection/connection-result';
import { proofOf } from '../vault/proof';
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
    const request = { method: 'GET', url: new URL(url), headers, body: Buffer.alloc(0) };
    return proofOf(this.authenticator, { sealed, fields, use }, request);
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
