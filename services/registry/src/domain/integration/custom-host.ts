import { reachOf } from './network-address';
import type { Provider } from './provider';

export type CustomHost =
  | { readonly ok: true; readonly url: string }
  /** Never quotes the host: it may hold a password. */
  | { readonly ok: false; readonly fault: string };

const LENGTH_MAX = 2_048;

/**
 * The base URL that an integration names, without its trailing slashes; empty where it names none. Judges the text
 * alone: what a name resolves to is judged by whoever connects.
 */
export const parseCustomHost = (
  raw: string,
  provider: Pick<Provider, 'customHost' | 'selfHosted'>,
): CustomHost => {
  if (raw === '') return provider.customHost === 'required' ? refused('is required') : { ok: true, url: '' };
  if (provider.customHost === 'refused') return refused('is not possible with this provider');
  if (raw.length > LENGTH_MAX) return refused(`must have at most ${LENGTH_MAX} characters`);
  const url = parseUrl(raw);
  if (url === undefined) return refused('must be an http or https URL');
  if (/^https?:\/\/[^/]*@/i.test(raw)) return refused('must not contain user information');
  if (/[?#]/.test(raw)) return refused('must not have a query or a fragment');
  const fault = reachFault(url, provider.selfHosted);
  return fault === undefined
    ? { ok: true, url: `${url.origin}${url.pathname.replace(/\/+$/, '')}` }
    : refused(fault);
};

const refused = (fault: string): CustomHost => ({ ok: false, fault });

const parseUrl = (raw: string): URL | undefined => {
  // The URL parser forgives spaces, tabs, backslashes and missing slashes; what was typed is to be what is called.
  if (!/^https?:\/\/[^\s\\/]/i.test(raw) || /[\s\\]/.test(raw) || !URL.canParse(raw)) return undefined;
  return new URL(raw);
};

const reachFault = ({ hostname, protocol }: URL, selfHosted: boolean): string | undefined => {
  const reach = reachOf(hostname);
  if (reach === 'metadata') return 'must not be an address that serves instance metadata';
  if (selfHosted) return undefined;
  if (reach === 'private') return 'must be a public host with this provider';
  return protocol === 'https:' ? undefined : 'must use https with this provider';
};
