import type { IncomingHttpHeaders } from 'node:http';
import { DIALECTS } from '../../domain/passages';
import { headerOf } from './presented-key';

/** What of a client's headers a provider may see. Everything else stays here: keys, cookies, hop-by-hop, our own. */
const FORWARDED: readonly string[] = [
  ...Object.values(DIALECTS).flatMap(({ clientHeaders }) => clientHeaders),
  ...['traceparent', 'tracestate'],
];

/** Never forwarded, whatever the settings say. */
const NEVER =
  /^(authorization|cookie|host|connection|content-.*|transfer-encoding|te|trailer|upgrade|keep-alive|expect|proxy-.*|accept.*|user-agent|x-request-id|x-(gatehouse|portkey|forwarded|goog)-.*|api-key|x-api-key|forwarded|via)$/;

/** Picks the headers to forward. `more` are names, or prefixes that end in `*`, in lower case. */
export const headerForwarder = (more: readonly string[]) => {
  const names = [...FORWARDED, ...more.filter((name) => !name.endsWith('*'))];
  const prefixes = more.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1));
  return (headers: IncomingHttpHeaders): Record<string, string> => {
    const forwarded: Record<string, string> = {};
    const take = (name: string): void => {
      const value = headerOf(headers, name);
      if (value !== undefined && !NEVER.test(name)) forwarded[name] = value;
    };
    names.forEach(take);
    if (prefixes.length > 0) {
      for (const name of Object.keys(headers))
        if (prefixes.some((prefix) => name.startsWith(prefix))) take(name);
    }
    return forwarded;
  };
};
