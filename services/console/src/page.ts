import { existsSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import sirv from 'sirv';

/** Where the page is built. */
export const PAGE_DIRECTORY = join(__dirname, '../web/dist');

/**
 * What a browser is told of every answer: it runs and shows what comes from here, in no frame, and turns no text into code. The page
 * has neither inline scripts nor inline styles, and makes no markup of text.
 */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

export const secure = (response: ServerResponse): void => {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
};

/** What is built under a name of its contents never changes. */
const FOR_EVER = 'public, max-age=31536000, immutable';

/** Serves the files of the page; calls `otherwise` for what is none of it. */
export type Page = (request: IncomingMessage, response: ServerResponse, otherwise: () => void) => void;

/**
 * The page in a directory, as it is there now. Where a file has a `.br` or `.gz` beside it, whoever takes that gets it. Its own router
 * knows what is at which path, so whoever wants HTML gets the page at any; `/v1/…` and `/session…` are none of it. Without a directory there is no page.
 */
export const openPage = (directory: string): Page => {
  if (!existsSync(directory)) return (_request, _response, otherwise) => otherwise();
  const options = {
    etag: true,
    brotli: true,
    gzip: true,
    setHeaders: (response: ServerResponse, path: string) =>
      response.setHeader('cache-control', path.startsWith('/assets/') ? FOR_EVER : 'no-cache'),
  };
  const files = sirv(directory, options);
  const filesOrPage = sirv(directory, { ...options, single: true, ignores: false });
  return (request, response, otherwise) => {
    if (!isOfPage(request)) return otherwise();
    const serve = request.headers.accept?.includes('text/html') ? filesOrPage : files;
    serve(request, response, otherwise);
  };
};

const isOfPage = ({ method, url = '' }: Pick<IncomingMessage, 'method' | 'url'>): boolean =>
  (method === 'GET' || method === 'HEAD') && !/^\/+(v1|session)([/?]|$)/.test(url);
