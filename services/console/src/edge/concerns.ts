import type { Route } from '../rest/route';

/** By where they are: things of one kind are neither ended nor changed with those of another. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  integrations: [
    ...['/v1/integrations', '/v1/providers', '/v1/virtual-keys'],
    ...['/v1/gatehouse/integrations', '/v1/gatehouse/drafts'],
  ],
  keys: ['/v1/api-keys'],
  invites: ['/v1/admin/users/invites'],
  policies: ['/v1/policies'],
  references: ['/v1/secret-references'],
};

/**
 * Of what a route makes something, or changes it. Undefined where a change may end more than one kind of things: with a workspace go its keys and
 * its integrations, with a member the keys, and what an approval carries out may be anything.
 */
export const kindOf = ({ url }: Pick<Route, 'url'>): string | undefined =>
  Object.keys(KINDS).find((kind) =>
    KINDS[kind]?.some((beginning) => url === beginning || url.startsWith(`${beginning}/`)),
  );

/** Whether it changes what is there: a POST beneath it does, as `…/{slug}/rotate`, and any other makes something beside it. */
export const changes = ({ method, url, asks }: Pick<Route, 'method' | 'url' | 'asks'>): boolean =>
  method === 'POST' ? !asks && /\}\/[^{}]+$/.test(url) : method !== 'GET';
