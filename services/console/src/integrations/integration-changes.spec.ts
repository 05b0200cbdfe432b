import timers from 'node:timers/promises';
import { AppError } from '@gatehouse/kernel';
import { registryV1 } from '@gatehouse/proto-gen';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { Unfinished } from '../rest/repeated-creations';
import { connect } from './integration-changes';

const ASKED = 'somebody was asked';
/** Nobody is asked where something is refused. */
const control = {
  catalog: { getProvider: () => Promise.reject(new Error(ASKED)) },
} as unknown as ControlPlane;

const connected = (said: object) =>
  connect(control, 'request', { name: 'Ours', ai_provider_id: 'openai', slug: 'ours', ...said });

it.each([
  ['create_default_provider', { create_default_provider: false }],
  ['default_provider_slug', { default_provider_slug: 'theirs' }],
])("refuses %s of a workspace's own that is to be another", async (field, said) => {
  await expect(connected({ workspace_id: 'ws', ...said })).rejects.toThrow(`UNSUPPORTED; ${field}`);
});

it.each([
  { create_default_provider: false, default_provider_slug: 'theirs' },
  { workspace_id: 'ws', create_default_provider: true, default_provider_slug: 'ours' },
])('takes what is so anyway: %p', async (said) => {
  await expect(connected(said)).rejects.toThrow(ASKED);
});

const WORKSPACE = `ws_${'0'.repeat(26)}`;

/** The registry takes it, and no provision comes of it. */
const refusing = (told: () => Promise<Partial<registryV1.Integration>>): ControlPlane =>
  ({
    catalog: { getProvider: async () => ({ provider: registryV1.Provider.fromPartial({ name: 'openai' }) }) },
    integrations: {
      connectIntegration: async () => ({ integration: { id: 'int_one', slug: 'ours' }, position: '1' }),
      getIntegration: async () => ({ integration: await told() }),
    },
    provisions: { listProvisions: async () => ({ provisions: [] }) },
  }) as unknown as ControlPlane;

const connectedTo = (registry: ControlPlane) =>
  connect(registry, 'request', {
    ...{ name: 'Ours', ai_provider_id: 'openai', slug: 'ours', workspace_id: WORKSPACE },
  });

it('says why a workspace cannot have what was to be its own, as soon as that is known', async () => {
  const connectRefusal = { workspaceId: WORKSPACE, reason: 'PROVISION_SLUG_TAKEN' };
  await expect(connectedTo(refusing(async () => ({ connectRefusal })))).rejects.toMatchObject({
    ...{ code: 'REFUSED', reason: 'PROVISION_SLUG_TAKEN' },
  });
});

it('leaves it unfinished where that takes too long, and whoever waits may not see why', async () => {
  const unseen = () => Promise.reject(new AppError('FORBIDDEN', 'PERMISSION_DENIED'));
  const pause = jest.spyOn(timers, 'setTimeout').mockResolvedValue(undefined);
  await expect(connectedTo(refusing(unseen))).rejects.toBeInstanceOf(Unfinished);
  expect(pause).toHaveBeenCalledTimes(200);
  pause.mockRestore();
});
