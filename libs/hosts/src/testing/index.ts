export { fixedLookup, rebindingLookup } from './fixed-lookup';
export { PUBLIC_HOSTS, REFUSED_HOSTS } from './refused-hosts';
export type { RefusedHost } from './refused-hosts';
export { WebhookReceiver } from './webhook-receiver';
export type { Received } from './webhook-receiver';
