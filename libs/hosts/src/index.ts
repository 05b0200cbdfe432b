export { HostGuard } from './host-guard';
export type { LookupAll } from './host-guard';
export type { BaseUrl } from './base-url';
export { describeHostRefusal, HostRefused } from './host-refusal';
export type { HostRefusal } from './host-refusal';
export { guardedFetch } from './guarded-fetch';
export { PrivateHosts } from './private-hosts';
export { TrustedProxies } from './trusted-proxies';
