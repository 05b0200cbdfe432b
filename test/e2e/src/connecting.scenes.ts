import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, SeededRandom, shareOf } from '@gatehouse/kernel/testing';
import { provisioningV1, registryV1 } from '@gatehouse/proto-gen';
import { newCommand, usdBudget } from './control-plane';
import type { GatewayClient } from './gateway-client';
import type { Product } from './product';
import { modelNamed } from './team';
import { sharedProduct } from './shared-product';

const START_MS = 120_000;
const RUN_MS = 120_000;
const MODEL = 'sim-small;first=0;interval=0;completion=1';
/** From the command to the kill, in milliseconds: the whole takes about a second. */
const DELAYS = [0, 40, 100, 200, 350, 600];
const KILLED = ['registry', 'provisioning'] as const;

type Counted = 'IntegrationReady' | 'WorkspacesConnected' | 'IntegrationProvisioned';

interface Member {
  readonly workspaceId: string;
  readonly gateway: GatewayClient;
}

describe('connecting in one step', () => {
  const everyKilling = KILLED.flatMap((service) => DELAYS.map((delay) => [service, delay] as const));
  const killings = shareOf(everyKilling, 2, new SeededRandom('connecting'));
  let product: Product;
  let members: readonly Member[];
  /** What others had connected. */
  let before: Readonly<Record<Counted, number>>;

  beforeAll(async () => {
    product = await sharedProduct();
    members = await Promise.all(['one', 'two', 'three'].map(newMember));
    before = await counts();
  }, START_MS);

  const newMember = async (name: string): Promise<Member> => {
    const { workspaces, apiKeys } = product.control();
    const created = await workspaces.createWorkspace(
      provisioningV1.CreateWorkspaceRequest.fromPartial({ ...newCommand(), name }),
    );
    const workspaceId = created.workspace?.id ?? '';
    const issued = await apiKeys.issueApiKey(
      provisioningV1.IssueApiKeyRequest.fromPartial({
        ...newCommand(),
        name,
        role: provisioningV1.ApiKeyRole.WORKSPACE,
        workspaceId,
      }),
    );
    const gateway = product.gateway(issued.secret);
    await eventually(async () => expect(await gateway.models()).toBeDefined());
    return { workspaceId, gateway };
  };

  const counts = async (): Promise<Record<Counted, number>> => {
    const history = await product.control().history();
    const count = (type: Counted) => history.filter((event) => event.type === type).length;
    return {
      IntegrationReady: count('IntegrationReady'),
      WorkspacesConnected: count('WorkspacesConnected'),
      IntegrationProvisioned: count('IntegrationProvisioned'),
    };
  };

  const requestOf = (slug: string): registryV1.ConnectIntegrationRequest =>
    registryV1.ConnectIntegrationRequest.fromPartial({
      ...newCommand(),
      name: slug,
      slug,
      provider: 'self-hosted',
      credential: { api_key: 'simulator-takes-any' },
      customHost: `${product.first.simulator}/v1`,
      customModels: [modelNamed(MODEL)],
      workspaces: members.map(({ workspaceId }) => ({
        workspaceId,
        limits: [usdBudget(1_000_000_000n)],
        models: { all: false, names: [MODEL] },
      })),
      atLeastPosition: '1',
    });

  /** Asked one after the other: once one of them has it, whoever is asked later has it too. */
  const whoHas = async (slug: string): Promise<readonly boolean[]> => {
    const seen: boolean[] = [];
    for (const { gateway } of members) {
      seen.push((await gateway.models()).includes(`@${slug}/${MODEL}`));
    }
    return seen;
  };

  const watch = (slug: string) => {
    const halves: (readonly boolean[])[] = [];
    let done = false;
    let looks = 0;
    const watching = (async () => {
      while (!done) {
        const seen = await whoHas(slug);
        looks++;
        const first = seen.indexOf(true);
        if (first >= 0 && seen.slice(first).includes(false)) halves.push(seen);
        await sleep(5);
      }
    })();
    const end = async (): Promise<void> => {
      done = true;
      await watching;
      expect(halves).toEqual([]);
      expect(looks).toBeGreaterThan(1);
    };
    return { end };
  };

  /** Until an answer comes: the service that is asked may just be dead. */
  const connect = (request: registryV1.ConnectIntegrationRequest): Promise<string> =>
    eventually(async () => {
      const { integration } = await product.control().integrations.connectIntegration(request);
      if (!integration) throw new Error('no integration');
      return integration.id;
    }, 30_000);

  const called = async ({ gateway }: Member, slug: string): Promise<number | undefined> =>
    (
      await gateway.chat({
        model: `@${slug}/${MODEL}`,
        messages: [{ role: 'user', content: 'Hi' }],
        max_tokens: 1,
      })
    )?.status;

  it('is there for all of its workspaces at once', async () => {
    const watched = watch('whole');
    const integrationId = await connect(requestOf('whole'));
    await eventually(async () => expect(await whoHas('whole')).toEqual([true, true, true]), 20_000);
    await watched.end();
    const { integration } = await product
      .control()
      .integrations.getIntegration({ integrationId, atLeastPosition: '' });
    expect(integration?.status).toBe(registryV1.IntegrationStatus.CONNECTED);
    for (const member of members) {
      await eventually(async () => expect(await called(member, 'whole')).toBe(200), 10_000);
    }
  }, 60_000);

  it('is refused as a whole with an unknown workspace', async () => {
    const request = requestOf('refused');
    const unknown = provisioningV1.WantedProvision.fromPartial({ workspaceId: `ws_${'0'.repeat(26)}` });
    await expect(
      product.control().integrations.connectIntegration({
        ...request,
        workspaces: [...request.workspaces, unknown],
        atLeastPosition: '',
      }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND', reason: 'WORKSPACE_UNKNOWN' });
    expect(await connect(requestOf('refused'))).toMatch(/^int_/);
  }, 60_000);

  it.each(killings)(
    'is whole or not there at all when %s is killed after %p ms',
    async (service, delay) => {
      const slug = `${service}-${delay}`;
      const watched = watch(slug);
      const request = requestOf(slug);
      const connecting = connect(request);
      await sleep(delay);
      product.killService(service);
      const integrationId = await connecting;
      await eventually(async () => expect(await whoHas(slug)).toEqual([true, true, true]), 30_000);
      await watched.end();
      // The same request finds what it made, and there is one of each.
      expect(await connect(request)).toBe(integrationId);
    },
    RUN_MS,
  );

  it('was ready as often as it was asked for', async () => {
    const connections = killings.length + 2;
    await eventually(async () => {
      const now = await counts();
      expect(now.IntegrationReady - before.IntegrationReady).toBe(connections);
      expect(now.WorkspacesConnected - before.WorkspacesConnected).toBe(connections);
      const provisioned = now.IntegrationProvisioned - before.IntegrationProvisioned;
      expect(provisioned).toBeGreaterThanOrEqual(members.length * connections);
    });
  });
});
