import type { IncomingHttpHeaders } from 'node:http';

/** The token of an `Authorization: Bearer` header; undefined when there is none. */
export const bearerTokenIn = (headers: IncomingHttpHeaders): string | undefined =>
  /^Bearer +(\S+)/i.exec(headers.authorization ?? '')?.[1];
