import type { EventMetadata, Revision } from '@gatehouse/event-store';
import { AppError, Clock, type IntegrationId, invalidFields } from '@gatehouse/kernel';
import { CredentialSealer, originsOf } from '@gatehouse/sealing';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { credentialFaults } from '../../domain/integration/provider-form';
import type { IntegrationDetails } from '../../domain/integration/integration';
import type { IntegrationAnswer } from './connect-integration.handler';
import { CredentialFingerprinter, CredentialVault, ProviderCatalog } from './integration.ports';
import { earlierEvent, IntegrationStreams } from './integration-streams';
import { deriveSecretId } from './secret-id';

export interface RotateCredentialInput {
  readonly integrationId: IntegrationId;
  readonly credential: ReadonlyMap<string, string>;
  readonly expectedRevision: Revision | undefined;
}

export class RotateCredentialCommand extends Command<IntegrationAnswer> {
  constructor(
    readonly input: RotateCredentialInput,
    readonly metadata: EventMetadata,
  ) {
    super();
  }
}

const ATTEMPTS_MAX = 5;

/**
 * Seals the credential as the next version, keeps it, records it. The version is bound into the seal, so a lost race
 * seals again; the row of the lost version is cleaned up behind us.
 *
 * Errors: NOT_FOUND `INTEGRATION_UNKNOWN`; REFUSED `INTEGRATION_DELETED`; CONFLICT `REVISION_MISMATCH`,
 * `CREDENTIAL_VERSION_TAKEN`; INVALID.
 */
@CommandHandler(RotateCredentialCommand)
export class RotateCredentialHandler implements ICommandHandler<RotateCredentialCommand> {
  constructor(
    private readonly integrations: IntegrationStreams,
    private readonly catalog: ProviderCatalog,
    private readonly sealer: CredentialSealer,
    private readonly fingerprinter: CredentialFingerprinter,
    private readonly vault: CredentialVault,
    private readonly clock: Clock,
  ) {}

  async execute({ input, metadata }: RotateCredentialCommand): Promise<IntegrationAnswer> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.rotate(input, metadata);
      } catch (error) {
        const lostRace = error instanceof AppError && error.reason === 'CREDENTIAL_VERSION_TAKEN';
        if (!lostRace || attempt >= ATTEMPTS_MAX) throw error;
      }
    }
  }

  private async rotate(input: RotateCredentialInput, metadata: EventMetadata): Promise<IntegrationAnswer> {
    const { organizationId } = metadata;
    const { integrationId, expectedRevision } = input;
    const history = await this.integrations.owned(organizationId, integrationId);
    const { details, view } = history;
    this.assertUsable(details, input);
    const earlier = earlierEvent(history, metadata);
    if (earlier !== undefined) return { integration: view, position: earlier.position };
    if (view.status === 'deleted') throw new AppError('REFUSED', 'INTEGRATION_DELETED');
    if (expectedRevision !== undefined && expectedRevision !== view.revision) {
      throw new AppError('CONFLICT', 'REVISION_MISMATCH', { metadata: { actual: String(view.revision) } });
    }
    const next = await this.keepNext(details, input, metadata);
    const command = { type: 'RotateCredential', ...next } as const;
    const options = { metadata, expectedRevision };
    const { position } = await this.integrations.decide(integrationId, command, options);
    const after = await this.integrations.owned(organizationId, integrationId);
    return { integration: after.view, position };
  }

  private assertUsable({ provider: name }: IntegrationDetails, { credential }: RotateCredentialInput): void {
    const provider = this.catalog.find(name);
    if (provider === undefined) throw new AppError('REFUSED', 'PROVIDER_UNKNOWN');
    const faults = credentialFaults(provider, credential);
    if (faults.length > 0) throw invalidFields(faults);
  }

  private async keepNext(
    { organizationId, integrationId, credentialVersion, baseUrl }: IntegrationDetails,
    { credential }: RotateCredentialInput,
    { requestId }: EventMetadata,
  ): Promise<{ integrationId: IntegrationId; credentialVersion: number; credentialFingerprint: string }> {
    const fields = Object.fromEntries(credential);
    const next = {
      integrationId,
      credentialVersion: credentialVersion + 1,
      credentialFingerprint: this.fingerprinter.of(organizationId, fields),
    };
    const binding = { organizationId, ...next, origins: originsOf([baseUrl]) };
    const sealed = await this.sealer.seal(binding, fields);
    await this.vault.keep(deriveSecretId({ ...next, organizationId, requestId }), sealed, this.clock.now());
    return next;
  }
}
