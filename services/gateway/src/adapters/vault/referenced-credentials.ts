import { AppError } from '@gatehouse/kernel';
import type { ServiceLog } from '@gatehouse/platform';
import { type NamedSecret, splitNamedSecrets } from '@gatehouse/sealing';
import type { SecretReferences } from '@gatehouse/secret-references';
import type { ConfigurationSource } from '../../app/gateway.ports';
import type { Integration } from '../../domain/configuration';
import type { OpenedCredential } from './proof';
import type { VaultCredentials } from './vault-credentials';

export interface ReferencedCredentialsParts {
  /** Opens what was sealed, names of secrets included, for a URL that it may go to. */
  readonly sealed: Pick<VaultCredentials, 'open'>;
  readonly configuration: ConfigurationSource;
  readonly references: SecretReferences;
  readonly log: Pick<ServiceLog, 'error'>;
}

/**
 * Credentials some of whose fields are secrets that others keep. Their names come out of the seal, so what they yield goes
 * only where the credential may go.
 */
export class ReferencedCredentials {
  constructor(private readonly parts: ReferencedCredentialsParts) {}

  /** Errors beside those of what is sealed: REFUSED, FORBIDDEN and UNAVAILABLE of the secret's manager. */
  async open(integration: Integration, url: string): Promise<OpenedCredential> {
    const opened = await this.parts.sealed.open(integration, url);
    return { ...opened, fields: await this.resolved(integration, opened.fields) };
  }

  /** What was opened, with the secrets in the place of their names. Errors: of the secret's manager. */
  async resolved(
    integration: Pick<Integration, 'id' | 'organizationId'>,
    opened: Readonly<Record<string, string>>,
  ): Promise<Readonly<Record<string, string>>> {
    const { fields, named } = splitNamedSecrets(opened);
    const entries = Object.entries(named);
    if (entries.length === 0) return fields;
    const values = await Promise.all(
      entries.map(async ([field, secret]) => [field, await this.secretOf(integration, secret)] as const),
    );
    return { ...fields, ...Object.fromEntries(values) };
  }

  private async secretOf(
    { id, organizationId }: Pick<Integration, 'id' | 'organizationId'>,
    { reference, member }: NamedSecret,
  ): Promise<string> {
    const { configuration, references, log } = this.parts;
    try {
      const known = configuration.current()?.secretReferenceNamed(organizationId, reference);
      if (known === undefined) throw new AppError('REFUSED', 'SECRET_REFERENCE_UNKNOWN');
      return await references.secret(organizationId, known.locator, member);
    } catch (error) {
      log.error(
        { err: error, integrationId: id, reference },
        'a secret that is kept elsewhere is not to be had',
      );
      throw error;
    }
  }
}
