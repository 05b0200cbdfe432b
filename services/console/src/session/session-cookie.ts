import type { IncomingHttpHeaders } from 'node:http';

/** By its name browsers hold it to this host, HTTPS and every path, whoever sets it. */
const NAME = '__Host-gatehouse-session';
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Strict';

/** A session's token, and nothing else. It goes with the browser's own session at the latest. */
export const sessionCookie = (token: string): string => `${NAME}=${token}; ${ATTRIBUTES}`;

export const NO_SESSION_COOKIE = `${NAME}=; ${ATTRIBUTES}; Max-Age=0`;

/** Undefined where there is none that can be a token, or more than one: then nobody knows which is ours. */
export const tokenIn = (headers: Pick<IncomingHttpHeaders, 'cookie'>): string | undefined =>
  onlyIn(headers, NAME, /^ghs_[\w-]{1,200}$/);

const onlyIn = (
  { cookie = '' }: Pick<IncomingHttpHeaders, 'cookie'>,
  name: string,
  form: RegExp,
): string | undefined => {
  const named = cookie
    .split(';')
    .map((one) => one.trim())
    .filter((one) => one.startsWith(`${name}=`))
    .map((one) => one.slice(name.length + 1));
  const [token] = named;
  return named.length === 1 && token !== undefined && form.test(token) ? token : undefined;
};

const FLOW_NAME = '__Host-gatehouse-sign-in';
/** It goes along as somebody comes back from the identity provider, which is another site. */
const FLOW_ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Lax';

/** What a sign-in by the identity provider is known by, for ten minutes. */
export const flowCookie = (flow: string): string => `${FLOW_NAME}=${flow}; ${FLOW_ATTRIBUTES}; Max-Age=600`;

export const NO_FLOW_COOKIE = `${FLOW_NAME}=; ${FLOW_ATTRIBUTES}; Max-Age=0`;

/** Undefined as above. */
export const flowIn = (headers: Pick<IncomingHttpHeaders, 'cookie'>): string | undefined =>
  onlyIn(headers, FLOW_NAME, /^[\w-]{43}$/);
