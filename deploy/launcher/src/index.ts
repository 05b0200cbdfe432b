export { FirstOrganization, MODEL } from './first-organization';
export type { FirstKeys, FirstOrganizationInput } from './first-organization';
export { StateFile } from './launcher-state';
export type { Ports } from './ports';
export { newSecrets, tokenHashes } from './secrets';
export type { Secrets } from './secrets';
