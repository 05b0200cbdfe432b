import { until } from '@gatehouse/kernel/testing';
import { meteringV1 } from '@gatehouse/proto-gen';
import { plainAnswer } from './testing/fake-provider';
import {
  GatewayFixture,
  INTEGRATION,
  KEY_ID,
  MODEL,
  ORGANIZATION,
  PROVISION,
  WORKSPACE,
} from './testing/gateway-fixture';

const { ScopeKind } = meteringV1;
const body = { model: MODEL, messages: [{ role: 'user', content: 'hi' }] };

describe('limits of all that a call is part of', () => {
  const gateway = new GatewayFixture();
  const { control, provider } = gateway;

  beforeAll(() => gateway.start());
  afterAll(() => gateway.stop());
  beforeEach(() => {
    provider.script = plainAnswer();
    control.ledger.limits.length = 0;
  });

  const refused = async (): Promise<{ code?: string; message?: string; limit?: object }> => {
    const answer = (await (await gateway.chat(body)).json()) as { readonly error?: object };
    return answer.error ?? {};
  };

  it('are named to metering, each under its revision', async () => {
    control.set(
      { id: ORGANIZATION, value: { $case: 'organization', value: { revision: 5n, limited: true } } },
      {
        id: `limits:${INTEGRATION}`,
        value: {
          $case: 'integrationLimits',
          value: {
            organizationId: ORGANIZATION,
            integrationId: INTEGRATION,
            revision: 6n,
            limited: true,
          },
        },
      },
    );
    gateway.setWorkspace({ revision: 7n, limited: true, keyTemplate: { revision: 8n, limited: true } });
    const asked = () => control.ledger.asked.at(-1)?.scopes ?? [];
    await until(async () => {
      await gateway.chat(body);
      return asked().length > 5;
    }, 'all scopes to be named');
    expect(asked()).toEqual([
      { kind: ScopeKind.PROVISION, id: PROVISION, revision: 1n },
      { kind: ScopeKind.WORKSPACE, id: WORKSPACE, revision: 7n },
      { kind: ScopeKind.API_KEY, id: KEY_ID, revision: 1n },
      { kind: ScopeKind.WORKSPACE_KEY, id: KEY_ID, revision: 8n },
      { kind: ScopeKind.INTEGRATION, id: INTEGRATION, revision: 6n },
      { kind: ScopeKind.ORGANIZATION, id: ORGANIZATION, revision: 5n },
    ]);
  });

  it.each([
    [ScopeKind.ORGANIZATION, ORGANIZATION, 'organization', 'of the organization'],
    [ScopeKind.INTEGRATION, INTEGRATION, 'integration', 'of the integration'],
    [ScopeKind.WORKSPACE_KEY, KEY_ID, 'workspace_key', 'of each key of the workspace'],
  ])('refuse by name: %p', async (kind, id, scope, words) => {
    control.ledger.budget(id, 1n, undefined, kind);
    expect(await refused()).toMatchObject({
      code: 'request_exceeds_limit',
      message: expect.stringContaining(words),
      limit: { scope, scope_id: id },
    });
  });

  it('are not taken for none where they cannot be understood', async () => {
    const id = `limits:${INTEGRATION}`;
    const limits = { organizationId: ORGANIZATION, integrationId: INTEGRATION, revision: 9n, limited: false };
    const tell = (value: typeof limits) => control.set({ id, value: { $case: 'integrationLimits', value } });
    tell({ ...limits, organizationId: 'an organization of the future' });
    await until(async () => (await refused()).code === 'limits_unavailable', 'the limits to be unreadable');
    tell(limits);
    await until(async () => (await refused()).code === undefined, 'the limits to be known');
  });

  it('are not taken for none where the organization is not known', async () => {
    control.set({ id: ORGANIZATION, value: undefined });
    await until(
      async () => (await refused()).code === 'limits_unavailable',
      'the organization to be forgotten',
    );
  });

  it('are none of organizations while provisioning is of before they had any, and tells of none', async () => {
    await gateway.stopGateway();
    await gateway.startGateway();
    await until(async () => (await refused()).code === undefined, 'the call to be answered');
  });
});
