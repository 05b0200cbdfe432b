import { AppError } from '@gatehouse/kernel';
import type { ServiceLog } from '@gatehouse/platform';
import { type NamedSecret, splitNamedSecrets } from '@gatehouse/sealing';
import type { SecretReferences } from '@gatehouse/secret-references';
import type { ConfigurationSource } from '../../app/gateway.ports';
import type { Integration } from '../../domain/configuration';
import type { OpenedCredential } from './proof';
import type { VaultCredentials } from './vault-credentials';

type Fields = OpenedCredential['fields'];

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

  /**
   * At once where it is held and names no secret. Errors beside those of what is sealed: REFUSED, FORBIDDEN and UNAVAILABLE of the
   * secret's manager.
   */
  open(integration: Integration, url: string): OpenedCredential | Promise<OpenedCredential> {
    const opened = this.parts.sealed.open(integration, url);
    return opened instanceof Promise
      ? opened.then((later) => this.whole(integration, later))
      : this.whole(integration, opened);
  }

  /** What was opened, with the secrets in the place of their names: at once where there are none. Errors: of the secret's manager. */
  resolved(
    integration: Pick<Integration, 'id' | 'organizationId'>,
    opened: Fields,
  ): Fields | Promise<Fields> {
    const { fields, named } = splitNamedSecrets(opened);
    return fields === opened ? opened : this.withSecrets(integration, fields, named);
  }

  private whole(
    integration: Integration,
    opened: OpenedCredential,
  ): OpenedCredential | Promise<OpenedCredential> {
    const fields = this.resolved(integration, opened.fields);
    return fields instanceof Promise ? fields.then((later) => ({ ...opened, fields: later })) : opened;
  }

  private async withSecrets(
    integration: Pick<Integration, 'id' | 'organizationId'>,
    fields: Fields,
    named: Readonly<Record<string, NamedSecret>>,
  ): Promise<Fields> {
    const entries = Object.entries(named);
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
