import { type CallSettings, grpcClient, type Promised, type TlsFiles } from '@gatehouse/grpc';
import { auditV1, meteringV1, provisioningV1, registryV1 } from '@gatehouse/proto-gen';

export interface ControlPlaneOptions {
  /** `host:port` of each. */
  readonly addresses: Readonly<Record<'registry' | 'provisioning' | 'metering' | 'audit', string>>;
  /** TLS and nothing else, where given. */
  readonly tls: TlsFiles | undefined;
}

type Constructor<C extends { close(): void }> = Parameters<typeof grpcClient<C>>[0];

/** The methods of a client without the settings of a call. */
type Bound<C> = {
  [M in keyof C as M extends 'close' ? never : M]: C[M] extends (
    request: infer Q,
    call?: CallSettings,
  ) => infer R
    ? (request: Q) => R
    : never;
};

const clientsOf = ({ addresses, tls }: ControlPlaneOptions) => {
  const client = <C extends { close(): void }>(constructor: Constructor<C>, peer: keyof typeof addresses) =>
    grpcClient<C>(constructor, { address: addresses[peer], tls });
  return {
    integrations: client(registryV1.IntegrationServiceClient, 'registry'),
    drafts: client(registryV1.DraftServiceClient, 'registry'),
    catalog: client(registryV1.CatalogServiceClient, 'registry'),
    secretReferences: client(registryV1.SecretReferenceServiceClient, 'registry'),
    workspaces: client(provisioningV1.WorkspaceServiceClient, 'provisioning'),
    provisions: client(provisioningV1.ProvisionServiceClient, 'provisioning'),
    autoProvisions: client(provisioningV1.AutoProvisionServiceClient, 'provisioning'),
    bulks: client(provisioningV1.BulkProvisionServiceClient, 'provisioning'),
    approvals: client(provisioningV1.ApprovalServiceClient, 'provisioning'),
    previews: client(provisioningV1.PreviewServiceClient, 'provisioning'),
    members: client(provisioningV1.MemberServiceClient, 'provisioning'),
    apiKeys: client(provisioningV1.ApiKeyServiceClient, 'provisioning'),
    sessions: client(provisioningV1.SessionServiceClient, 'provisioning'),
    limits: client(provisioningV1.LimitServiceClient, 'provisioning'),
    access: client(provisioningV1.AccessServiceClient, 'provisioning'),
    organizations: client(provisioningV1.OrganizationServiceClient, 'provisioning'),
    usage: client(meteringV1.UsageServiceClient, 'metering'),
    budgets: client(meteringV1.BudgetServiceClient, 'metering'),
    events: client(auditV1.EventServiceClient, 'audit'),
  };
};

type Clients = ReturnType<typeof clientsOf>;

/** The services as one caller may ask them: every call carries the caller's key, and nothing else says who asks. */
export type ControlPlane = { readonly [Name in keyof Clients]: Bound<Clients[Name]> };

/** One connection to each service, shared by all callers. */
export class ControlPlanes {
  private readonly clients: Clients;

  constructor(options: ControlPlaneOptions) {
    this.clients = clientsOf(options);
  }

  /** @param apiKey or whatever else the caller presents in its place. */
  as(apiKey: string): ControlPlane {
    return Object.fromEntries(
      Object.entries(this.clients).map(([name, client]) => [name, boundTo(client, apiKey)]),
    ) as unknown as ControlPlane;
  }

  close(): void {
    for (const client of Object.values(this.clients)) client.close();
  }
}

const boundTo = <C extends object>(client: Promised<C>, apiKey: string): object =>
  new Proxy(client, {
    get: (target, method: string) => {
      const call = (target as Readonly<Record<string, unknown>>)[method];
      return typeof call === 'function'
        ? (request: unknown) =>
            (call as (request: unknown, settings: CallSettings) => unknown)(request, { apiKey })
        : call;
    },
  });
