import type { EventMetadata, Revision } from '@gatehouse/event-store';
import { HostGuard } from '@gatehouse/hosts';
import { AppError, type IntegrationId, invalidFields } from '@gatehouse/kernel';
import type { DialectName } from '@gatehouse/offering';
import { originsOf } from '@gatehouse/sealing';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { IntegrationDetails } from '../../domain/integration/integration';
import { calledUrls, type IntegrationSettings } from '../../domain/integration/integration-settings';
import {
  credentialFaults,
  type GivenCredential,
  headerNamesOf,
} from '../../domain/integration/provider-form';
import type { IntegrationAnswer } from './connect-integration.handler';
import { CredentialKeeping, type NextCredential, type WantedCredential } from './credential-keeping';
import { ProviderCatalog } from './integration.ports';
import { assertRevision, earlierEvent, IntegrationStreams } from './integration-streams';
import { retryLostRace } from './retry-lost-race';
import { assertHostsAllowed, inKind, judgeSettings, type WantedSettings } from './wanted-settings';

export interface ReconfigureIntegrationInput {
  readonly integrationId: IntegrationId;
  readonly expectedRevision: Revision | undefined;
  /** What takes the place of what stands. */
  readonly changes: Partial<WantedSettings>;
  /** Undefined where none came with it. */
  readonly given: WantedCredential | undefined;
}

export class ReconfigureIntegrationCommand extends Command<IntegrationAnswer> {
  constructor(
    readonly input: ReconfigureIntegrationInput,
    readonly metadata: EventMetadata,
  ) {
    super();
  }
}

/**
 * Changes how an integration is called, by the provider's row as it is now. A credential that came with it is sealed for
 * wherever that leads, as the next version.
 *
 * Errors: NOT_FOUND `INTEGRATION_UNKNOWN`; REFUSED `CREDENTIAL_NEEDED`, `INTEGRATION_DELETED`, `PROVIDER_UNKNOWN`; CONFLICT
 * `REVISION_MISMATCH`, `REQUEST_ID_REUSED`; INVALID.
 */
@CommandHandler(ReconfigureIntegrationCommand)
export class ReconfigureIntegrationHandler implements ICommandHandler<ReconfigureIntegrationCommand> {
  constructor(
    private readonly integrations: IntegrationStreams,
    private readonly catalog: ProviderCatalog,
    private readonly keeping: CredentialKeeping,
    private readonly hosts: HostGuard,
  ) {}

  /** Decided at the revision that was read, so that what is recorded is what was judged. */
  execute({ input, metadata }: ReconfigureIntegrationCommand): Promise<IntegrationAnswer> {
    const attempt = (): Promise<IntegrationAnswer> => this.reconfigure(input, metadata);
    return input.expectedRevision === undefined
      ? retryLostRace(['CREDENTIAL_VERSION_TAKEN', 'REVISION_MISMATCH'], attempt)
      : attempt();
  }

  private async reconfigure(
    input: ReconfigureIntegrationInput,
    metadata: EventMetadata,
  ): Promise<IntegrationAnswer> {
    const { organizationId } = metadata;
    const { integrationId } = input;
    const history = await this.integrations.owned(organizationId, integrationId);
    const { details, view } = history;
    const earlier = earlierEvent(history, metadata);
    if (earlier !== undefined) return { integration: view, position: earlier.position };
    if (view.status === 'deleted') throw new AppError('REFUSED', 'INTEGRATION_DELETED');
    assertRevision(view, input.expectedRevision);
    const settings = this.settingsOf(details, input);
    await assertHostsAllowed(settings, this.hosts);
    const next = await this.credentialFor(details, settings, input, metadata);
    const command = {
      type: 'ReconfigureIntegration',
      integrationId,
      settings,
      missingOrigins: missingOrigins(details, settings),
      credential: next?.version,
    } as const;
    const options = { metadata, expectedRevision: view.revision };
    const { position } = await this.keeping.recording(next, () =>
      this.integrations.decide(integrationId, command, options),
    );
    const after = await this.integrations.owned(organizationId, integrationId);
    return { integration: after.view, position };
  }

  private settingsOf(
    details: IntegrationDetails,
    { changes, given }: ReconfigureIntegrationInput,
  ): IntegrationSettings {
    const provider = this.catalog.find(details.provider);
    if (provider === undefined) throw new AppError('REFUSED', 'PROVIDER_UNKNOWN');
    const headerNames = given ? headerNamesIn(given) : details.headerNames;
    const wanted = { ...standing(details), ...changes };
    const { settings, faults } = judgeSettings(wanted, provider, headerNames, this.hosts);
    const all = [
      ...faults,
      // One that was proposed was judged then.
      ...(given && !given.proposed ? credentialFaults(inKind(provider, wanted), given, settings.local) : []),
    ];
    if (!given && headerNames.length > 0 && !settings.local) {
      all.push({ field: 'headers', description: 'are sent to local servers alone' });
    }
    if (all.length > 0) throw invalidFields(all);
    return settings;
  }

  /** An integration without a credential is sealed anew as it is: nobody has anything to give. */
  private async credentialFor(
    details: IntegrationDetails,
    settings: IntegrationSettings,
    { given }: ReconfigureIntegrationInput,
    metadata: EventMetadata,
  ): Promise<NextCredential | undefined> {
    if (given) {
      return this.keeping.keepNext(details, settings, given, metadata);
    }
    const resealed = missingOrigins(details, settings).length > 0 && this.keeping.isNone(details);
    return resealed ? this.keeping.keepNext(details, settings, NOTHING, metadata) : undefined;
  }
}

const headerNamesIn = ({ proposed, headers }: WantedCredential): readonly string[] =>
  proposed?.headerNames ?? headerNamesOf(headers);

const NOTHING: GivenCredential = { credential: new Map(), headers: new Map(), references: new Map() };

/** What the integration's admin last wanted. */
const standing = (details: IntegrationDetails): WantedSettings => ({
  fields: new Map(Object.entries(details.fields)),
  customHost: details.customHost,
  local: details.local,
  api: details.local ? (details.dialect as DialectName) : undefined,
  modelHosts: new Map(Object.entries(details.modelHosts)),
  credentialKind: details.credentialKind,
});

/** Where calls would go and the current credential may not be sent. */
const missingOrigins = (before: IntegrationSettings, after: IntegrationSettings): readonly string[] => {
  const sealedFor = new Set(originsOf(calledUrls(before)));
  return originsOf(calledUrls(after)).filter((origin) => !sealedFor.has(origin));
};
