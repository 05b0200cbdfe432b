import type { ControlPlane } from '../adapters/grpc/control-plane';
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
