import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { TrustedProxies } from '@gatehouse/hosts';
import { AppError } from '@gatehouse/kernel';

const CSRF_HEADER = 'x-gatehouse-csrf';
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;

/** What is looked at of a request. */
export type BrowserRequest = Pick<IncomingMessage, 'method' | 'headers' | 'socket'>;

/** What proves that the page knows of its session: whoever can only send the cookie cannot make it. */
export const csrfOf = (token: string): string =>
  createHmac('sha256', token).update('gatehouse csrf').digest('base64url');

/** Whether a browser asks on behalf of the page that is served here, over what a session may go. */
export class OwnPage {
  constructor(private readonly proxies: TrustedProxies) {}

  /**
   * Whether a session may go over this: HTTPS, here or at a proxy that is trusted to say so, or a browser that asked for the machine that it
   * runs on itself, whose name it tells. Of others it would not keep the cookie either.
   */
  isSecure(request: BrowserRequest): boolean {
    return this.isHttps(request) || LOOPBACK.test(request.headers.host ?? '');
  }

  /** FORBIDDEN `HTTPS_REQUIRED`. */
  demandSecure(request: BrowserRequest): void {
    if (!this.isSecure(request)) throw new AppError('FORBIDDEN', 'HTTPS_REQUIRED');
  }

  /** The origin that a browser asked for. */
  originOf(request: BrowserRequest): string {
    const { host = '' } = request.headers;
    return `${this.isHttps(request) ? 'https' : 'http'}://${host.toLowerCase()}`;
  }

  /** Where a request comes from, as far as those are believed who handed it on. */
  addressOf({ headers, socket }: BrowserRequest): string {
    const said = [headers['x-forwarded-for'] ?? ''].flat().join().split(',');
    const hops = [...said.map((hop) => hop.trim()).filter((hop) => hop !== ''), socket.remoteAddress ?? ''];
    // What is said before the first who is not trusted is anybody's word.
    while (hops.length > 1 && this.proxies.has(hops.at(-1))) hops.pop();
    return hops.at(-1) ?? '';
  }

  /**
   * FORBIDDEN `OTHER_ORIGIN` for a request that a page of another origin has a browser send: browsers say where it is from, and a page cannot
   * say otherwise. What changes something has to say so. A reader may have typed the address.
   */
  demandOwnOrigin(request: BrowserRequest): void {
    const { origin, 'sec-fetch-site': site } = request.headers;
    const own = this.originOf(request);
    if (site !== undefined) {
      if (site === 'same-origin' || (site === 'none' && reads(request))) return;
    } else if (origin === undefined ? reads(request) : origin.toLowerCase() === own) return;
    throw new AppError('FORBIDDEN', 'OTHER_ORIGIN');
  }

  /** FORBIDDEN `NO_NAVIGATION` where a browser does not go there, but has it fetched for a page: as an image, in a frame, by a script. */
  demandNavigation({ headers }: BrowserRequest): void {
    const { 'sec-fetch-dest': destination = 'document' } = headers;
    if (destination !== 'document') throw new AppError('FORBIDDEN', 'NO_NAVIGATION');
  }

  /** FORBIDDEN `OTHER_ORIGIN`, and `CSRF_TOKEN_MISSING` for a change that does not have the session's own. */
  demandOwnPage(request: BrowserRequest, token: string): void {
    this.demandOwnOrigin(request);
    if (reads(request)) return;
    const presented = Buffer.from(String(request.headers[CSRF_HEADER] ?? ''));
    const expected = Buffer.from(csrfOf(token));
    if (presented.length !== expected.length || !timingSafeEqual(presented, expected))
      throw new AppError('FORBIDDEN', 'CSRF_TOKEN_MISSING');
  }

  /** Of a proxy's words the last are its own: those before came with the request. */
  private isHttps({ headers, socket }: BrowserRequest): boolean {
    if ((socket as Partial<TLSSocket>).encrypted === true) return true;
    if (!this.proxies.has(socket.remoteAddress)) return false;
    return [headers['x-forwarded-proto'] ?? ''].flat().join().split(',').at(-1)?.trim() === 'https';
  }
}

const reads = ({ method }: BrowserRequest): boolean => method === 'GET' || method === 'HEAD';
