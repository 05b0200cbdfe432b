import { randomUUID } from 'node:crypto';
import {
  AUTHORIZATION_KEY,
  demand,
  fromGrpcError,
  type KeyPrincipal,
  type ServiceDefinition,
} from '@gatehouse/grpc';
import {
  ACCESS_SCOPES,
  type AccessScope,
  apiKeyId,
  deriveId,
  isWorkspaceRole,
  KEY_ROLES,
  type KeyRole,
  organizationId,
  ROLE_SCOPES,
  scopesOfKey,
  workspaceId,
} from '@gatehouse/kernel';
import { until } from '@gatehouse/kernel/testing';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { toProtoKeyRole } from '@gatehouse/access';
import { PROVISIONING_SERVICES } from './adapters/grpc/services';
import {
  asked,
  issueRequest,
  ProvisioningBench,
  type Tenant,
  workspaceRequest,
} from './testing/provisioning-bench';

/** Whose the things are that a request names. */
interface Target {
  readonly workspaceId: string;
  readonly integrationId: string;
  readonly provisionId: string;
  readonly apiKeyId: string;
}

interface Rpc {
  readonly path: string;
  readonly definition: ServiceDefinition[string] & {
    requestDeserialize(bytes: Buffer): Record<string, unknown>;
    responseDeserialize(bytes: Buffer): object;
  };
}

/** Of all services here, as their controllers declare them; streams are for gateways alone. */
const RPCS = Object.values(PROVISIONING_SERVICES).flatMap((service) =>
  Object.values(service)
    .filter(({ responseStream }) => !responseStream)
    .map((definition) => ({ path: definition.path, definition }) as Rpc),
);

/** What a role's keys are given: nothing, which is all that it may, and each of its scopes alone. */
const scopeSetsOf = (role: KeyRole): readonly (readonly AccessScope[])[] => [
  [],
  ...[...ROLE_SCOPES[role]].map((scope) => [scope]),
];

describe('who may call what', () => {
  let bench: ProvisioningBench;
  let client: Client;
  let acme: Tenant;
  let rival: Tenant;
  const targets = new Map<'own' | 'otherWorkspace' | 'otherOrganization', Target>();
  const keys: { readonly role: KeyRole; readonly scopes: readonly AccessScope[]; readonly secret: string }[] =
    [];

  const target = async (tenant: Tenant, name: string): Promise<Target> => {
    const { workspace } = await tenant.admin.workspaces.createWorkspace(workspaceRequest({ name }));
    const integrationId = await bench.connect(tenant.organizationId, name);
    const { provision } = await tenant.admin.provisions.provisionIntegration(
      provisioningV1.ProvisionIntegrationRequest.fromPartial(
        asked({ integrationId, workspaceId: workspace?.id ?? '', atLeastPosition: '1' }),
      ),
    );
    const { apiKey } = await tenant.admin.keys.issueApiKey(
      issueRequest({ name, role: provisioningV1.ApiKeyRole.WORKSPACE, workspaceId: workspace?.id ?? '' }),
    );
    return {
      workspaceId: workspace?.id ?? '',
      integrationId,
      provisionId: provision?.id ?? '',
      apiKeyId: apiKey?.id ?? '',
    };
  };

  const requestTo = ({ definition }: Rpc, of: Target): Record<string, unknown> => {
    const request = definition.requestDeserialize(Buffer.alloc(0));
    const fill: Record<string, unknown> = {
      requestId: randomUUID(),
      reason: 'spec',
      name: `made ${randomUUID()}`,
      slug: '',
      role: provisioningV1.ApiKeyRole.WORKSPACE,
      models: { all: true, names: [] },
      // Nothing changes where nothing is granted: refused for its revision, after who may.
      expectedRevision: 999n,
      ...of,
      workspaceIds: [of.workspaceId],
    };
    for (const field of [...Object.keys(request), 'models', 'expectedRevision'])
      if (field in fill) request[field] = fill[field];
    return request;
  };

  /** What a call answered: its answer as JSON, or code and reason. */
  const call = (rpc: Rpc, of: Target, secret: string): Promise<string> => {
    const metadata = new Metadata();
    metadata.set(AUTHORIZATION_KEY, `Bearer ${secret}`);
    const { definition } = rpc;
    return new Promise((resolve) =>
      client.makeUnaryRequest(
        rpc.path,
        (message: object) => definition.requestSerialize(message as never),
        (bytes: Buffer) => definition.responseDeserialize(bytes),
        requestTo(rpc, of),
        metadata,
        (error: ServiceError | null, answer?: object) => {
          if (!error)
            return resolve(
              `answered ${JSON.stringify(answer, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}`,
            );
          const { code, reason } = fromGrpcError(error) as { code: string; reason: string };
          resolve(`${code} ${reason}`);
        },
      ),
    );
  };

  beforeAll(async () => {
    bench = await ProvisioningBench.open();
    client = new Client(bench.address, credentials.createInsecure());
    [acme, rival] = [await bench.tenant('Acme'), await bench.tenant('Rival')];
    targets.set('own', await target(acme, 'own'));
    targets.set('otherWorkspace', await target(acme, 'elsewhere'));
    targets.set('otherOrganization', await target(rival, 'rival'));
    const owner = await bench.as('operator').keys.issueApiKey(
      issueRequest({
        name: 'owner',
        role: provisioningV1.ApiKeyRole.OWNER,
        organizationId: acme.organizationId,
      }),
    );
    const { keys: owners } = bench.withKey(owner.secret);
    for (const role of KEY_ROLES) {
      const home = isWorkspaceRole(role) ? (targets.get('own')?.workspaceId ?? '') : '';
      const made = await Promise.all(
        scopeSetsOf(role).map(async (scopes) => {
          const request = issueRequest({
            name: role,
            role: toProtoKeyRole(role),
            workspaceId: home,
            scopes: [...scopes],
          });
          return { role, scopes, secret: (await owners.issueApiKey(request)).secret };
        }),
      );
      keys.push(...made);
    }
    // Each is known: what a stranger is told says nothing of roles and scopes.
    const [rpc, own] = [RPCS[0], targets.get('own')];
    if (!rpc || !own) throw new Error('nothing to call');
    for (const { secret } of keys)
      await until(async () => (await call(rpc, own, secret)) !== 'UNAUTHENTICATED CREDENTIALS_UNKNOWN');
  }, 300_000);
  afterAll(async () => {
    client.close();
    await bench.close();
  });

  const principalOf = (role: KeyRole, scopes: readonly AccessScope[]): KeyPrincipal => {
    const key = {
      keyId: apiKeyId(deriveId('key', 'matrix')),
      organizationId: organizationId(deriveId('org', 'matrix')),
      scopes: scopesOfKey(role, scopes),
      bounded: false,
    };
    return isWorkspaceRole(role)
      ? { kind: 'workspaceKey', role, workspaceId: workspaceId(deriveId('ws', 'matrix')), ...key }
      : { kind: 'organizationKey', role, ...key };
  };

  /** As it is declared beside the RPC. */
  const declared = (path: string, role: KeyRole, scopes: readonly AccessScope[]): string => {
    try {
      demand(path, principalOf(role, scopes));
      return 'admitted';
    } catch (error) {
      const { code, reason } = error as { code: string; reason: string };
      return `${code} ${reason}`;
    }
  };

  it('is what stands beside each RPC, for every role and scope, of what is its own and of what is not', async () => {
    const size = {
      rpcs: RPCS.length,
      roles: KEY_ROLES.length,
      scopes: ACCESS_SCOPES.length,
      keys: keys.length,
      calls: 0,
    };
    const foreign = Object.values(targets.get('otherOrganization') ?? {});
    const elsewhere = Object.values(targets.get('otherWorkspace') ?? {});
    const faults: string[] = [];
    for (const rpc of RPCS) {
      await Promise.all(
        keys.map(async ({ role, scopes, secret }) => {
          const expected = declared(rpc.path, role, scopes);
          const admitted = expected === 'admitted';
          for (const [whose, of] of admitted ? targets : [...targets].slice(0, 1)) {
            const answer = await call(rpc, of, secret);
            size.calls++;
            const at = `${rpc.path} by ${role} [${scopes.join()}] on ${whose}: ${answer.slice(0, 200)}`;
            if (!admitted && answer !== expected) faults.push(`${at}, expected ${expected}`);
            if (admitted && answer.endsWith(' PERMISSION_DENIED'))
              faults.push(`${at}, expected to be let in`);
            if (foreign.some((id) => answer.includes(id))) faults.push(`${at}: of another organization`);
            if (isWorkspaceRole(role) && elsewhere.some((id) => answer.includes(id)))
              faults.push(`${at}: of another workspace`);
          }
        }),
      );
    }
    expect(faults).toEqual([]);
    process.stdout.write(`permission matrix of provisioning: ${JSON.stringify(size)}\n`);
    expect(size.calls).toBeGreaterThan(RPCS.length * keys.length);
    // Nothing of the other organization has changed: each of its streams is as it was made.
    const rivalKeys = await rival.admin.keys.listApiKeys(provisioningV1.ListApiKeysRequest.fromPartial({}));
    expect(rivalKeys.apiKeys.map(({ revision }) => revision)).toEqual([0n, 0n]);
    const { provisions } = await rival.admin.provisions.listProvisions(
      provisioningV1.ListProvisionsRequest.fromPartial({}),
    );
    expect(provisions).toMatchObject([{ revision: 0n, enabled: true }]);
    const { workspaces } = await rival.admin.workspaces.listWorkspaces(
      provisioningV1.ListWorkspacesRequest.fromPartial({}),
    );
    expect(workspaces).toMatchObject([{ revision: 0n }]);
  }, 300_000);
});
