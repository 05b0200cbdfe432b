import type { IncomingHttpHeaders } from 'node:http';
import { headerOf } from './presented-key';

type Headers = Readonly<Record<string, string>>;

const NONE: Headers = {};

/** What a page may send; what it asks for is named back, since `*` does not cover `authorization`. */
const HEADER_NAMES = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+( *, *[A-Za-z0-9!#$%&'*+.^_`|~-]+)*$/;
const HEADER_NAMES_LENGTH_MAX = 4_096;
/** Browsers cap it themselves; until then they do not ask again. */
const PREFLIGHT_SECONDS = 7_200;

/**
 * What browsers need to let a page of another origin call: nothing unless the origin is listed. Cookies mean nothing
 * here, so credentials are never allowed and every header may be read.
 */
export class CrossOrigin {
  private readonly origins: ReadonlySet<string>;
  private readonly anyOrigin: boolean;

  /** @param origins as browsers write them, `https://app.example`, or `*`; none closes it. */
  constructor(origins: readonly string[]) {
    this.origins = new Set(origins);
    this.anyOrigin = this.origins.has('*');
  }

  /** For every answer. A cache is told that it depends on the origin also where this one is not listed. */
  answerHeaders(request: IncomingHttpHeaders): Headers {
    if (this.origins.size === 0) return NONE;
    const vary: Headers = this.anyOrigin ? {} : { vary: 'origin' };
    const allowed = this.allowed(request);
    if (allowed === undefined) return vary;
    return { ...vary, 'access-control-allow-origin': allowed, 'access-control-expose-headers': '*' };
  }

  /** The answer to a preflight beside those of every answer; undefined for what is none, or of an origin not listed. */
  preflightHeaders(request: IncomingHttpHeaders): Headers | undefined {
    const wanted = headerOf(request, 'access-control-request-method');
    if (wanted === undefined || this.allowed(request) === undefined) return undefined;
    const names = headerOf(request, 'access-control-request-headers') ?? '';
    const listed = names.length <= HEADER_NAMES_LENGTH_MAX && HEADER_NAMES.test(names);
    return {
      'access-control-allow-methods': 'GET, HEAD, POST',
      ...(listed && { 'access-control-allow-headers': names }),
      'access-control-max-age': String(PREFLIGHT_SECONDS),
    };
  }

  private allowed(request: IncomingHttpHeaders): string | undefined {
    const origin = headerOf(request, 'origin');
    if (origin === undefined) return undefined;
    if (this.anyOrigin) return '*';
    return this.origins.has(origin) ? origin : undefined;
  }
}
