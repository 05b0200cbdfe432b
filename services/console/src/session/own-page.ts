import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { AppError } from '@gatehouse/kernel';

const CSRF_HEADER = 'x-gatehouse-csrf';
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;

/** What is looked at of a request. */
export type BrowserRequest = Pick<IncomingMessage, 'method' | 'headers' | 'socket'>;

const isEncrypted = ({ socket }: BrowserRequest): boolean =>
  (socket as Partial<TLSSocket>).encrypted === true;

/**
 * Whether a session may go over this: HTTPS, or a browser that asked for the machine that it runs on itself, whose name it tells. Of others
 * it would not keep the cookie either.
 */
export const isSecure = (request: BrowserRequest): boolean =>
  isEncrypted(request) || LOOPBACK.test(request.headers.host ?? '');

/** FORBIDDEN `HTTPS_REQUIRED`. */
export const demandSecure = (request: BrowserRequest): void => {
  if (!isSecure(request)) throw new AppError('FORBIDDEN', 'HTTPS_REQUIRED');
};

/** What proves that the page knows of its session: whoever can only send the cookie cannot make it. */
export const csrfOf = (token: string): string =>
  createHmac('sha256', token).update('gatehouse csrf').digest('base64url');

const reads = ({ method }: BrowserRequest): boolean => method === 'GET' || method === 'HEAD';

/**
 * FORBIDDEN `OTHER_ORIGIN` for a request that a page of another origin has a browser send: browsers say where it is from, and a page cannot say
 * otherwise. What changes something has to say so. A reader may have typed the address.
 */
export const demandOwnOrigin = (request: BrowserRequest): void => {
  const { origin, host, 'sec-fetch-site': site } = request.headers;
  if (site !== undefined) {
    if (site === 'same-origin' || (site === 'none' && reads(request))) return;
  } else if (origin === undefined) {
    if (reads(request)) return;
  } else if (origin.toLowerCase() === `${isEncrypted(request) ? 'https' : 'http'}://${host?.toLowerCase()}`)
    return;
  throw new AppError('FORBIDDEN', 'OTHER_ORIGIN');
};

/** FORBIDDEN `OTHER_ORIGIN`, and `CSRF_TOKEN_MISSING` for a change that does not have the session's own. */
export const demandOwnPage = (request: BrowserRequest, token: string): void => {
  demandOwnOrigin(request);
  if (reads(request)) return;
  const presented = Buffer.from(String(request.headers[CSRF_HEADER] ?? ''));
  const expected = Buffer.from(csrfOf(token));
  if (presented.length !== expected.length || !timingSafeEqual(presented, expected))
    throw new AppError('FORBIDDEN', 'CSRF_TOKEN_MISSING');
};
