import type { Probe, Probes } from '@gatehouse/offering';

const object = (path: string): Probes => ({ test: { path, shape: 'object' } });
const models: Probe = { path: '/models', shape: 'data-ids' };

/**
 * What costs nothing and tells whether a credential works, where that is not the list of models at its usual place: the
 * list is for anybody, or there is none.
 */
export const CHEAP_ENDPOINTS: Readonly<Record<string, Probes>> = {
  deepgram: object('/projects'),
  openrouter: { ...object('/key'), models },
  'perplexity-ai': {},
  'recraft-ai': object('/users/me'),
  replicate: object('/account'),
  'stability-ai': object('/v1/user/account'),
  'vertex-ai': object('/v1/projects/{project_id}/locations/{region}/endpoints?pageSize=1'),
  voyage: {},
};
