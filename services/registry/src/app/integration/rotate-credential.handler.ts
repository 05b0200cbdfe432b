import type { EventMetadata, Revision } from '@gatehouse/event-store';
import { AppError, type FieldViolation, type IntegrationId, invalidFields } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { IntegrationDetails } from '../../domain/integration/integration';
import {
  credentialFaults,
  type GivenCredential,
  hasFields,
  headerNamesOf,
} from '../../domain/integration/provider-form';
import type { IntegrationAnswer } from './connect-integration.handler';
import { CredentialKeeping, type WantedCredential } from './credential-keeping';
import { ProviderCatalog } from './integration.ports';
import { assertRevision, earlierEvent, IntegrationStreams, type OwnIntegration } from './integration-streams';
import { retryLostRace } from './retry-lost-race';
import { inKind } from './wanted-settings';

export interface RotateCredentialInput extends WantedCredential {
  readonly integrationId: IntegrationId;
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

/**
 * Seals the credential as the next version, keeps it, records it.
 *
 * Errors: NOT_FOUND `INTEGRATION_UNKNOWN`; REFUSED `INTEGRATION_DELETED`; CONFLICT `REVISION_MISMATCH`,
 * `CREDENTIAL_VERSION_TAKEN`; INVALID.
 */
@CommandHandler(RotateCredentialCommand)
export class RotateCredentialHandler implements ICommandHandler<RotateCredentialCommand> {
  constructor(
    private readonly integrations: IntegrationStreams,
    private readonly catalog: ProviderCatalog,
    private readonly keeping: CredentialKeeping,
  ) {}

  execute({ input, metadata }: RotateCredentialCommand): Promise<IntegrationAnswer> {
    return retryLostRace(['CREDENTIAL_VERSION_TAKEN'], () => this.rotate(input, metadata));
  }

  private async rotate(input: RotateCredentialInput, metadata: EventMetadata): Promise<IntegrationAnswer> {
    const { organizationId } = metadata;
    const { integrationId, expectedRevision } = input;
    const history = await this.integrations.owned(organizationId, integrationId);
    const { details, view } = history;
    const earlier = earlierEvent(history, metadata);
    if (earlier !== undefined) return { integration: view, position: earlier.position };
    await this.assertUsable(history, input);
    if (view.status === 'deleted') throw new AppError('REFUSED', 'INTEGRATION_DELETED');
    assertRevision(view, expectedRevision);
    const next = await this.keeping.keepNext(details, details, input, metadata);
    const command = { type: 'RotateCredential', integrationId, ...next.version } as const;
    const options = { metadata, expectedRevision };
    const { position } = await this.keeping.recording(next, () =>
      this.integrations.decide(integrationId, command, options),
    );
    const after = await this.integrations.owned(organizationId, integrationId);
    return { integration: after.view, position };
  }

  /** One that was proposed was judged then. */
  private async assertUsable({ details, secretId }: OwnIntegration, given: WantedCredential): Promise<void> {
    if (given.proposed) return;
    const provider = this.catalog.find(details.provider);
    if (provider === undefined) throw new AppError('REFUSED', 'PROVIDER_UNKNOWN');
    const faults = [
      ...noneFaults(await this.keeping.sealedNames(secretId), given),
      ...credentialFaults(inKind(provider, details), given, details.local),
      ...otherHeaderFaults(details, given.headers),
    ];
    if (faults.length > 0) throw invalidFields(faults);
  }
}

/** That an integration has a credential no more, or headers alone, is said by reconfiguring: one that was forgotten is not to go in silence. */
const noneFaults = (
  before: readonly string[],
  { credential, references }: GivenCredential,
): FieldViolation[] =>
  credential.size + references.size > 0 || !hasFields(before)
    ? []
    : [{ field: 'credential', description: 'is required' }];

/** Which headers are sent is changed by reconfiguring: a header that was forgotten is not to go in silence. */
const otherHeaderFaults = (
  { headerNames }: IntegrationDetails,
  headers: ReadonlyMap<string, string>,
): FieldViolation[] =>
  headerNamesOf(headers).join() === headerNames.join()
    ? []
    : [
        {
          field: 'headers',
          description: `must be those of the integration: ${headerNames.join(', ') || 'none'}`,
        },
      ];
