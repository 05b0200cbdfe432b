import { randomUUID } from 'node:crypto';
import { grpcClient, type Promised } from '@gatehouse/grpc';
import { eventually } from '@gatehouse/kernel/testing';
import { auditV1, meteringV1, provisioningV1, registryV1, typeV1 } from '@gatehouse/proto-gen';
import type { Announcement } from './launch';

export interface Credentials {
  readonly apiKey?: string;
  readonly serviceToken?: string;
}

/** Clients of every gRPC service as one caller. */
export class ControlPlane {
  readonly integrations;
  readonly secretReferences;
  readonly catalog;
  readonly vault;
  readonly organizations;
  readonly workspaces;
  readonly provisions;
  readonly bulks;
  readonly apiKeys;
  readonly sessions;
  readonly members;
  readonly approvals;
  readonly usage;
  readonly budgets;
  readonly limits;
  readonly books;
  readonly journals;
  readonly webhooks;
  readonly ledger;
  readonly events;
  private readonly open: { close(): void }[] = [];

  constructor(addresses: Announcement['grpc'], credentials: Credentials) {
    const client = <C extends { close(): void }>(
      constructor: Parameters<typeof grpcClient<C>>[0],
      address: string,
    ): Promised<C> => {
      const made = grpcClient<C>(constructor, { address, ...credentials });
      this.open.push(made);
      return made;
    };
    this.integrations = client(registryV1.IntegrationServiceClient, addresses.registry);
    this.secretReferences = client(registryV1.SecretReferenceServiceClient, addresses.registry);
    this.catalog = client(registryV1.CatalogServiceClient, addresses.registry);
    this.vault = client(registryV1.VaultServiceClient, addresses.registry);
    this.organizations = client(provisioningV1.OrganizationServiceClient, addresses.provisioning);
    this.workspaces = client(provisioningV1.WorkspaceServiceClient, addresses.provisioning);
    this.provisions = client(provisioningV1.ProvisionServiceClient, addresses.provisioning);
    this.bulks = client(provisioningV1.BulkProvisionServiceClient, addresses.provisioning);
    this.apiKeys = client(provisioningV1.ApiKeyServiceClient, addresses.provisioning);
    this.sessions = client(provisioningV1.SessionServiceClient, addresses.provisioning);
    this.members = client(provisioningV1.MemberServiceClient, addresses.provisioning);
    this.approvals = client(provisioningV1.ApprovalServiceClient, addresses.provisioning);
    this.usage = client(meteringV1.UsageServiceClient, addresses.metering);
    this.budgets = client(meteringV1.BudgetServiceClient, addresses.metering);
    this.limits = client(provisioningV1.LimitServiceClient, addresses.provisioning);
    this.books = client(meteringV1.BooksServiceClient, addresses.metering);
    this.journals = client(meteringV1.JournalServiceClient, addresses.metering);
    this.webhooks = client(meteringV1.WebhookServiceClient, addresses.metering);
    this.ledger = client(meteringV1.LedgerServiceClient, addresses.metering);
    this.events = client(auditV1.EventServiceClient, addresses.audit);
  }

  close(): void {
    for (const client of this.open) client.close();
  }

  /** Every event of the organization, oldest first. */
  async history(atLeastPosition = ''): Promise<auditV1.Event[]> {
    const events: auditV1.Event[] = [];
    let pageToken = '';
    do {
      const page = await this.events.listEvents(
        auditV1.ListEventsRequest.fromPartial({ pageSize: 500, pageToken, atLeastPosition }),
      );
      events.push(...page.events);
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    return events;
  }

  /** Every usage record of a workspace, or of all. */
  async records(workspaceId = ''): Promise<meteringV1.UsageRecord[]> {
    const records: meteringV1.UsageRecord[] = [];
    let pageToken = '';
    do {
      const page = await this.usage.listUsageRecords(
        meteringV1.ListUsageRecordsRequest.fromPartial({ pageSize: 1_000, pageToken, workspaceId }),
      );
      records.push(...page.records);
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    return records;
  }

  /** The counters' total of a workspace. */
  async usageTotal(workspaceId: string): Promise<meteringV1.UsageRow | undefined> {
    const { rows } = await this.usage.getUsage(meteringV1.GetUsageRequest.fromPartial({ workspaceId }));
    return rows[0];
  }

  async limitStates(scopeId: string): Promise<meteringV1.LimitState[]> {
    return (await this.budgets.listLimitStates({ scopeIds: [], scopeId, pageSize: 1_000, pageToken: '' }))
      .limits;
  }

  /** Waits until nothing is held any more and answers where the one limit of a scope stands. */
  async limitAtRest(scopeId: string, withinMs?: number): Promise<meteringV1.LimitState> {
    return eventually(async () => {
      const [state] = await this.limitStates(scopeId);
      if (!state) throw new Error(`no limit of ${scopeId} is known`);
      if (state.held !== 0n) throw new Error(`${state.held} are still held`);
      return state;
    }, withinMs);
  }
}

/** What every command carries. */
export const newCommand = (reason = 'end-to-end test'): { requestId: string; reason: string } => ({
  requestId: randomUUID(),
  reason,
});

const { ResetPeriod, RateUnit, RateWindow } = typeV1;

export const usdBudget = (nanoUsd: bigint, options: { readonly strict?: boolean } = {}): typeV1.Limit =>
  budget({ $case: 'nanoUsd', value: nanoUsd }, options.strict ?? false);

export const tokenBudget = (tokens: bigint): typeV1.Limit =>
  budget({ $case: 'tokens', value: tokens }, false);

export const requestsPerMinute = (quota: bigint): typeV1.Limit => requests(RateWindow.MINUTE, quota);

export const requestsPerDay = (quota: bigint): typeV1.Limit => requests(RateWindow.DAY, quota);

const requests = (window: typeV1.RateWindow, quota: bigint): typeV1.Limit => ({
  id: '',
  kind: { $case: 'rateLimit', value: { unit: RateUnit.REQUESTS, window, quota } },
});

const budget = (amount: typeV1.Budget['amount'], strict: boolean): typeV1.Limit => ({
  id: '',
  kind: { $case: 'budget', value: { amount, reset: { period: ResetPeriod.MONTHLY, everyDays: 0 }, strict } },
});
