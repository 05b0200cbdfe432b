import type { IncomingHttpHeaders } from 'node:http';

/** By its name browsers hold it to this host, HTTPS and every path, whoever sets it. */
const NAME = '__Host-gatehouse-session';
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Strict';

/** A session's token, and nothing else. It goes with the browser's own session at the latest. */
export const sessionCookie = (token: string): string => `${NAME}=${token}; ${ATTRIBUTES}`;

export const NO_SESSION_COOKIE = `${NAME}=; ${ATTRIBUTES}; Max-Age=0`;

/** Undefined where there is none that can be a token, or more than one: then nobody knows which is ours. */
export const tokenIn = ({ cookie = '' }: Pick<IncomingHttpHeaders, 'cookie'>): string | undefined => {
  const named = cookie
    .split(';')
    .map((one) => one.trim())
    .filter((one) => one.startsWith(`${NAME}=`))
    .map((one) => one.slice(NAME.length + 1));
  const [token] = named;
  return named.length === 1 && token !== undefined && /^ghs_[\w-]{1,200}$/.test(token) ? token : undefined;
};
