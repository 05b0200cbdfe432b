import { Approvals, ApprovalSettings, AsyncLocalConsents } from '@gatehouse/approval';
import {
  type EventMetadata,
  type EventStore,
  InMemoryEventStore,
  type Revision,
} from '@gatehouse/event-store';
import { HostGuard, PrivateHosts } from '@gatehouse/hosts';
import {
  deriveId,
  FixedClock,
  type IntegrationId,
  type JudgedStream,
  type OrganizationId,
  organizationId,
  type ProposalId,
  type ProvisionId,
  type WorkspaceId,
} from '@gatehouse/kernel';
import { testIds } from '@gatehouse/kernel/testing';
import type { DialectName } from '@gatehouse/offering';
import { ServiceLog } from '@gatehouse/platform';
import {
  HpkeDataKeyUnwrapper,
  KeyProviders,
  openCredential,
  type SealedCredential,
} from '@gatehouse/sealing';
import { HmacCredentialFingerprinter } from '../adapters/crypto/hmac-credential-fingerprinter';
import { IntegrationSealer } from '../adapters/crypto/integration-sealer';
import { ProtoEventCodecs } from '../adapters/events/proto-event-codecs';
import { BuiltInCatalog } from '../catalog/built-in-catalog';
import type { WantedProvision } from '../domain/integration/wanted-provision';
import type { SecretUse } from '../domain/integration/secret-uses';
import { slug } from '../domain/slug/slug';
import type { DraftId } from '../domain/draft/draft';
import { EndedProposals, ProposalDesk, type ProposalStanding } from '../app/approval/approval.ports';
import { CarryOutProposalCommand, CarryOutProposalHandler } from '../app/approval/carry-out-proposal.handler';
import { ProposeChangeCommand, ProposeChangeHandler } from '../app/approval/propose-change.handler';
import { UnapprovedCredentials } from '../app/approval/unapproved-credentials';
import {
  CreateDraftCommand,
  CreateDraftHandler,
  type CreateDraftInput,
} from '../app/draft/create-draft.handler';
import { DeleteDraftCommand, DeleteDraftHandler } from '../app/draft/delete-draft.handler';
import { DraftEndings } from '../app/draft/draft-endings';
import { OpenDrafts } from '../app/draft/open-drafts';
import { ConnectionTargets } from '../app/connection/connection-targets';
import { type ConnectionTarget, Egress } from '../app/connection/egress.ports';
import { ListLiveModelsHandler, ListLiveModelsQuery } from '../app/connection/list-live-models.handler';
import { TestConnectionHandler, TestConnectionQuery } from '../app/connection/test-connection.handler';
import {
  GetSealedCredentialHandler,
  GetSealedCredentialQuery,
} from '../app/vault/get-sealed-credential.handler';
import { CurrentCredentials } from '../app/vault/current-credentials';
import { IntegrationKeyring } from '../app/vault/integration-keyring';
import { KeyDestruction } from '../app/vault/key-destruction';
import {
  ChangeIntegrationCommand,
  ChangeIntegrationHandler,
} from '../app/integration/change-integration.handler';
import {
  ConnectIntegrationCommand,
  ConnectIntegrationHandler,
} from '../app/integration/connect-integration.handler';
import {
  DeleteIntegrationCommand,
  DeleteIntegrationHandler,
} from '../app/integration/delete-integration.handler';
import { IntegrationCleanup } from '../app/integration/integration-cleanup.process';
import { IntegrationDependents } from '../app/integration/integration-dependents';
import {
  CallCounts,
  ProviderCatalog,
  type ProvisionCounts,
  ProvisionDirectory,
  WorkspaceDirectory,
} from '../app/integration/integration.ports';
import type { CredentialApprovalRequired } from '../app/integration/proposed-credential';
import { IntegrationRemains } from '../app/integration/integration-remains';
import { KnownWorkspaces } from '../app/integration/known-workspaces';
import { CredentialKeeping } from '../app/integration/credential-keeping';
import { IntegrationStreams, type IntegrationView } from '../app/integration/integration-streams';
import {
  ReconfigureIntegrationCommand,
  ReconfigureIntegrationHandler,
} from '../app/integration/reconfigure-integration.handler';
import type { WantedSettings } from '../app/integration/wanted-settings';
import {
  RotateCredentialCommand,
  RotateCredentialHandler,
} from '../app/integration/rotate-credential.handler';
import { DefinedReferences } from '../app/secret-reference/defined-references';
import { SecretReferenceStreams } from '../app/secret-reference/secret-reference-streams';
import { SlugStreams } from '../app/slug/slug-streams';
import { ListedModels } from '../app/publication/listed-models';
import { ComposedContents } from './composed-contents';
import { InMemoryCleanupMemory } from './in-memory-cleanup-memory';
import type { Health } from '../app/health/health.ports';
import { ReportHealthCommand, ReportHealthHandler } from '../app/health/report-health.handler';
import { InMemoryHealths } from './in-memory-healths';
import { InMemoryDrafts } from './in-memory-drafts';
import { InMemoryCredentialVault } from './in-memory-credential-vault';
import { InMemoryCustody } from './fake-custodian';
import { InMemoryIntegrationKeys } from './in-memory-integration-keys';

export const GRACE_MS = 60_000;

class SilentLog extends ServiceLog {
  readonly lines: string[] = [];
  info(fields: object, message: string): void {
    this.lines.push(`${JSON.stringify(fields)} ${message}`);
  }
  warn = this.info;
  error = this.info;
}

/** Provisions of whatever integration it is, as the spec says. */
class ToldProvisions extends ProvisionDirectory {
  told = { provisionIds: [] as ProvisionId[], apiKeys: 0 };

  async of() {
    return this.told;
  }

  async countsOf() {
    return new Map<string, ProvisionCounts>();
  }

  async callersOf() {
    return new Map<string, readonly string[]>();
  }
}

/** Workspaces as the spec says. */
class ToldWorkspaces extends WorkspaceDirectory {
  readonly told = new Set<string>();

  async known(_organizationId: OrganizationId, ids: readonly WorkspaceId[]): Promise<ReadonlySet<string>> {
    return new Set(ids.filter((id) => this.told.has(id)));
  }

  async forbidsConnecting(): Promise<undefined> {
    return undefined;
  }
}

/** What organizations want, as the spec says. */
class ToldApprovals extends ApprovalSettings {
  readonly told = new Set<string>();

  async requiredBy(organizationId: OrganizationId): Promise<boolean> {
    return this.told.has(organizationId);
  }
}

/** Proposals that have ended, as the spec says. */
class ToldEndings extends EndedProposals {
  readonly told = new Set<ProposalId>();

  async among(ids: readonly ProposalId[]): Promise<ReadonlySet<ProposalId>> {
    return new Set(ids.filter((id) => this.told.has(id)));
  }
}

/** Calls as the spec says; remembers since when they were asked for. */
class ToldCalls extends CallCounts {
  told: bigint | undefined = undefined;
  readonly asked: string[] = [];

  async since(day: string): Promise<bigint | undefined> {
    this.asked.push(day);
    return this.told;
  }
}

/** What comes with a change of settings. */
interface Reconfigured {
  readonly apiKey?: string;
  readonly headers?: ReadonlyMap<string, string>;
  readonly expectedRevision?: Revision;
}

/** A gateway that remembers what it is asked to try, and says what the spec says. */
export class ToldEgress extends Egress {
  readonly asked: ConnectionTarget[] = [];
  report = { outcome: 'WORKS', httpStatus: 200, detail: '', durationMs: 1 };
  modelNames: readonly string[] = [];

  async test(target: ConnectionTarget) {
    this.asked.push(target);
    return this.report;
  }

  async listModels(target: ConnectionTarget) {
    this.asked.push(target);
    return { report: this.report, modelNames: this.modelNames };
  }
}

/** The registry without its edges: the handlers and the process manager over stores of this process. */
export class RegistryInMemory {
  readonly clock = new FixedClock(new Date('2030-01-01T00:00:00Z'));
  readonly log = new SilentLog();
  readonly store: EventStore = new InMemoryEventStore(this.clock);
  readonly vault = new InMemoryCredentialVault();
  readonly ids = testIds;
  readonly provisions = new ToldProvisions();
  readonly calls = new ToldCalls();
  readonly egress = new ToldEgress();
  readonly drafts = new InMemoryDrafts();
  readonly healths = new InMemoryHealths();
  readonly workspaces = new ToldWorkspaces();
  readonly approvals = new ToldApprovals();
  readonly consents = new AsyncLocalConsents();
  readonly ended = new ToldEndings();
  readonly organizationId: OrganizationId = organizationId(deriveId('org', 'a'));
  private readonly codecs = new ProtoEventCodecs();
  private readonly judge = new Approvals(this.approvals, this.clock, this.consents);
  integrations = this.streamsOfAProcess();
  readonly secretReferences = new SecretReferenceStreams(this.store, this.codecs, this.ids, this.judge);
  private readonly slugs = new SlugStreams(this.store, this.codecs, this.ids);
  readonly current = new ComposedContents();
  private readonly memory = new InMemoryCleanupMemory();
  readonly custody = new InMemoryCustody();
  readonly keys = new InMemoryIntegrationKeys(this.vault);
  private readonly keyDestruction: KeyDestruction;
  /** Of the keys that are made from now on. */
  epoch = 1;
  private readonly unwrapper = new HpkeDataKeyUnwrapper([], new KeyProviders([this.custody.keys]));
  private readonly cleanup: IntegrationCleanup;
  private readonly remains: IntegrationRemains;

  constructor(
    private readonly hosts = new HostGuard(PrivateHosts.none),
    /** As it is from now on. */
    public catalog: ProviderCatalog = new BuiltInCatalog(),
  ) {
    this.remains = new IntegrationRemains(this.slugs, this.vault, this.keys, this.clock);
    this.keyDestruction = new KeyDestruction(
      ...([this.keys, this.custody, this.integrations, this.clock, this.log] as const),
    );
    this.cleanup = new IntegrationCleanup(
      this.store,
      this.integrations,
      this.slugs,
      this.vault,
      this.memory,
      this.remains,
      this.keys,
      this.keyDestruction,
      new UnapprovedCredentials(this.vault, this.ended, this.clock),
      this.clock,
      this.log,
      { graceMs: GRACE_MS, sweepEveryMs: GRACE_MS },
    );
  }

  private streamsOfAProcess(): IntegrationStreams {
    return new IntegrationStreams(this.store, this.codecs, this.ids, this.judge);
  }

  /** Does what another process does, whose commands wait for none of this one's. */
  async elsewhere(work: () => Promise<unknown>): Promise<void> {
    const own = this.integrations;
    this.integrations = this.streamsOfAProcess();
    try {
      await work();
    } finally {
      this.integrations = own;
    }
  }

  connect(
    requestId: string,
    input: {
      slug?: string;
      apiKey?: string;
      provider?: string;
      customHost?: string;
      credential?: ReadonlyMap<string, string>;
      fields?: ReadonlyMap<string, string>;
      headers?: ReadonlyMap<string, string>;
      local?: boolean;
      api?: DialectName;
      modelHosts?: ReadonlyMap<string, string>;
      references?: ReadonlyMap<string, SecretUse>;
      credentialKind?: string;
      draftId?: DraftId;
      workspaces?: readonly WantedProvision[];
      ownerWorkspaceId?: WorkspaceId;
    } = {},
  ) {
    const handler = new ConnectIntegrationHandler(
      this.integrations,
      this.slugs,
      this.catalog,
      new ListedModels(this.current),
      new KnownWorkspaces(this.workspaces, this.clock),
      this.sealer(),
      this.fingerprinter(),
      this.vault,
      this.hosts,
      this.clock,
      this.ids,
      this.references(),
      this.openDrafts(),
      this.drafts,
    );
    const command = new ConnectIntegrationCommand(
      {
        name: 'OpenAI',
        slug: slug(input.slug ?? 'openai'),
        description: '',
        provider: input.provider ?? 'openai',
        credential: input.credential ?? new Map([['api_key', input.apiKey ?? 'sk-1']]),
        customHost: input.customHost ?? '',
        fields: input.fields ?? new Map(),
        headers: input.headers ?? new Map(),
        local: input.local ?? false,
        api: input.api,
        modelHosts: input.modelHosts ?? new Map(),
        references: input.references ?? new Map(),
        credentialKind: input.credentialKind ?? '',
        draftId: input.draftId,
        models: { custom: [], named: [], onlyNamed: false, autoEnable: false },
        deployments: [],
        workspaces: input.workspaces ?? [],
        ownerWorkspaceId: input.ownerWorkspaceId,
        autoProvision: undefined,
        byWorkspace: false,
        awaitWorkspaces: false,
      },
      this.metadata('ConnectIntegration', requestId),
    );
    return handler.execute(command);
  }

  /** @param apiKey undefined for none. */
  rotate(
    requestId: string,
    integrationId: IntegrationId,
    apiKey: string | undefined,
    expectedRevision?: Revision,
    headers: ReadonlyMap<string, string> = new Map(),
  ) {
    const input = {
      integrationId,
      credential: new Map(apiKey === undefined ? [] : [['api_key', apiKey]]),
      headers,
      references: new Map<string, SecretUse>(),
      expectedRevision,
    };
    const command = new RotateCredentialCommand(input, this.metadata('RotateCredential', requestId));
    return this.rotations().execute(command);
  }

  /** As it is proposed at a desk that says what has become of it. */
  async propose({ judged, credential, secretId }: CredentialApprovalRequired, standing: ProposalStanding) {
    const desk = new (class extends ProposalDesk {
      async propose() {
        return standing;
      }
    })();
    const wanted = {
      command: { name: 'RotateCredential', requestJson: '{}' },
      credential,
      judged,
      scopes: [],
    };
    const command = new ProposeChangeCommand(this.metadata('ProposeChange', 'propose'), wanted, secretId);
    return new ProposeChangeHandler(desk, this.vault).execute(command);
  }

  /** As it is carried out once it was approved: without its secrets. */
  carryOutRotation(
    requestId: string,
    integrationId: IntegrationId,
    { judged, credential: proposed }: CredentialApprovalRequired,
  ) {
    const given = { credential: new Map(), headers: new Map(), references: new Map() };
    const input = { integrationId, expectedRevision: undefined, ...given, proposed };
    const metadata = this.metadata('RotateCredential', requestId);
    return this.carryOut(new RotateCredentialCommand(input, metadata), judged);
  }

  carryOutReconfiguration(
    requestId: string,
    integrationId: IntegrationId,
    changes: Partial<WantedSettings>,
    { judged, credential: proposed }: CredentialApprovalRequired,
  ) {
    const given = { credential: new Map(), headers: new Map(), references: new Map(), proposed };
    const input = { integrationId, expectedRevision: undefined, changes, given };
    const metadata = this.metadata('ReconfigureIntegration', requestId);
    return this.carryOut(new ReconfigureIntegrationCommand(input, metadata), judged);
  }

  private carryOut(command: RotateCredentialCommand | ReconfigureIntegrationCommand, judged: JudgedStream) {
    const bus = {
      execute: (given: typeof command) =>
        given instanceof RotateCredentialCommand
          ? this.rotations().execute(given)
          : this.reconfigurations().execute(given),
    };
    const handler = new CarryOutProposalHandler(bus as never, this.consents, this.vault);
    const consent = { kind: 'approved', judged, causationId: 'approval' } as const;
    return handler.execute(new CarryOutProposalCommand(command, consent));
  }

  private rotations(): RotateCredentialHandler {
    return new RotateCredentialHandler(this.integrations, this.catalog, this.keeping());
  }

  private reconfigurations(): ReconfigureIntegrationHandler {
    return new ReconfigureIntegrationHandler(this.integrations, this.catalog, this.keeping(), this.hosts);
  }

  private references(): DefinedReferences {
    return new DefinedReferences(this.secretReferences);
  }

  rename(requestId: string, integrationId: IntegrationId, name: string) {
    const change = { type: 'RenameIntegration', integrationId, name } as const;
    const metadata = this.metadata('RenameIntegration', requestId);
    return new ChangeIntegrationHandler(this.integrations).execute(
      new ChangeIntegrationCommand(change, undefined, metadata),
    );
  }

  delete(requestId: string, integrationId: IntegrationId, force = false) {
    const dependents = new IntegrationDependents(this.provisions, this.calls, this.clock);
    const handler = new DeleteIntegrationHandler(
      ...([this.integrations, dependents, this.remains] as const),
      ...([this.keys, this.keyDestruction, this.log] as const),
    );
    const input = { integrationId, expectedRevision: undefined, force };
    return handler.execute(
      new DeleteIntegrationCommand(input, this.metadata('DeleteIntegration', requestId)),
    );
  }

  reconfigure(
    requestId: string,
    integrationId: IntegrationId,
    changes: Partial<WantedSettings>,
    { apiKey, headers, expectedRevision }: Reconfigured = {},
  ) {
    const credential = new Map(apiKey === undefined ? [] : [['api_key', apiKey]]);
    const given =
      apiKey === undefined && headers === undefined
        ? undefined
        : { credential, headers: headers ?? new Map(), references: new Map() };
    const input = { integrationId, changes, given, expectedRevision };
    const metadata = this.metadata('ReconfigureIntegration', requestId);
    return this.reconfigurations().execute(new ReconfigureIntegrationCommand(input, metadata));
  }

  test(integrationId: IntegrationId, organizationId = this.organizationId) {
    const handler = new TestConnectionHandler(this.targets(), this.egress);
    const subject = { kind: 'integration', id: integrationId } as const;
    return handler.execute(new TestConnectionQuery(organizationId, subject));
  }

  liveModels(integrationId: IntegrationId) {
    const handler = new ListLiveModelsHandler(this.targets(), this.egress);
    const subject = { kind: 'integration', id: integrationId } as const;
    return handler.execute(new ListLiveModelsQuery(this.organizationId, subject));
  }

  createDraft(requestId: string, input: Partial<CreateDraftInput> = {}) {
    const handler = new CreateDraftHandler(
      this.drafts,
      this.integrations,
      this.catalog,
      this.sealer(),
      this.fingerprinter(),
      this.vault,
      this.hosts,
      this.clock,
      this.ids,
      this.references(),
    );
    const given = {
      provider: 'openai',
      credential: new Map([['api_key', 'sk-draft']]),
      headers: new Map(),
      references: new Map(),
      fields: new Map(),
      customHost: '',
      local: false,
      api: undefined,
      modelHosts: new Map(),
      credentialKind: '',
      ...input,
    };
    return handler.execute(new CreateDraftCommand(given, this.metadata('CreateDraft', requestId)));
  }

  deleteDraft(requestId: string, draftId: DraftId) {
    const handler = new DeleteDraftHandler(this.drafts, this.endings());
    return handler.execute(new DeleteDraftCommand(draftId, this.metadata('DeleteDraft', requestId)));
  }

  testDraft(draftId: DraftId, organizationId = this.organizationId) {
    const handler = new TestConnectionHandler(this.targets(), this.egress);
    return handler.execute(new TestConnectionQuery(organizationId, { kind: 'draft', id: draftId }));
  }

  reportHealth(...reports: readonly Health[]) {
    return new ReportHealthHandler(this.healths, this.integrations).execute(new ReportHealthCommand(reports));
  }

  sweepDrafts() {
    return this.endings().sweep();
  }

  openDrafts() {
    return new OpenDrafts(this.drafts, this.vault, this.clock);
  }

  private endings() {
    return new DraftEndings(this.drafts, this.integrations, this.remains, this.clock, this.log);
  }

  /** What gateways would get. */
  async sealedOf(integrationId: IntegrationId, version: number): Promise<SealedCredential> {
    const credentials = new CurrentCredentials(this.integrations, this.vault);
    const handler = new GetSealedCredentialHandler(credentials, this.catalog, this.ids);
    return (await handler.execute(new GetSealedCredentialQuery(integrationId, version))).sealed;
  }

  async viewOf(integrationId: IntegrationId): Promise<IntegrationView | undefined> {
    return (await this.integrations.history(integrationId)).view;
  }

  /** The API key inside, to be sent to where OpenAI is. */
  async apiKeyOf(integrationId: IntegrationId, version: number): Promise<string | undefined> {
    return (await this.opened(await this.sealedOf(integrationId, version)))['api_key'];
  }

  /** What is inside, opened with every key that there is. */
  async opened(sealed: SealedCredential): Promise<Record<string, string>> {
    const dataKey = await this.unwrapper.unwrap(sealed);
    return openCredential(sealed, dataKey, 'https://api.openai.com/v1');
  }

  /** Lets the cleanup catch up with the log. */
  async follow(): Promise<void> {
    for (;;) {
      const page = await this.store.readAll({ after: await this.memory.checkpoint(), limit: 10_000 });
      if (page.events.length === 0) return;
      await this.cleanup.handle({ events: page.events, checkpoint: page.next });
    }
  }

  /** Follows, sweeps, and follows what the sweep recorded. */
  async tidy(): Promise<void> {
    await this.follow();
    await this.cleanup.sweep();
    await this.follow();
  }

  async eventTypes(): Promise<string[]> {
    const { events } = await this.store.readAll({ after: 0n as never, limit: 10_000 });
    return events.map(({ type }) => type);
  }

  private keeping() {
    const parts = [this.sealer(), this.fingerprinter(), this.vault, this.clock] as const;
    return new CredentialKeeping(...parts, this.references(), this.judge);
  }

  private targets() {
    const credentials = new CurrentCredentials(this.integrations, this.vault);
    return new ConnectionTargets(this.integrations, credentials, this.catalog, this.ids, this.openDrafts());
  }

  private sealer() {
    return new IntegrationSealer(new IntegrationKeyring(this.keys, this.custody, this.clock, this.epoch));
  }

  private fingerprinter() {
    return new HmacCredentialFingerprinter(Buffer.alloc(32, 9));
  }

  metadata(command: string, requestId: string): EventMetadata {
    return {
      organizationId: this.organizationId,
      actor: { kind: 'apiKey', id: 'key_spec', address: '' },
      reason: 'spec',
      requestId,
      command,
      correlationId: requestId,
      causationId: '',
    };
  }
}
