/** Where an engine is, as a setting names it: `scheme://[user:password@]host[:port][,host[:port]…][/][?name=value&…]`. */
export interface EngineAddress {
  /** `esdb`, `kurrentdb+discover`, `kafka`. */
  readonly scheme: string;
  /** Decoded. */
  readonly credentials: { readonly username: string; readonly password: string } | undefined;
  /** At least one `host:port`, an IPv6 address in brackets. */
  readonly hosts: readonly string[];
  readonly query: URLSearchParams;
}

const ADDRESS = /^([a-z]+(?:\+discover)?):\/\/(?:([^:@/]+):([^@]+)@)?([^/?@]+)\/?(?:\?(.*))?$/;
const HOST = /^(?:\[[0-9a-f:.]+\]|[^:[\]\s]+)(:\d{1,5})?$/i;
const STORE_SCHEME = /^(esdb|kurrentdb)(\+discover)?$/;
const EVENT_STORE_PORT = 2113;

/** Undefined for what is no engine's address, `postgres` among it. */
export const engineAddress = (setting: string): EngineAddress | undefined => {
  const [, scheme, username, password, hosts, query] = ADDRESS.exec(setting) ?? [];
  if (scheme === undefined || hosts === undefined) return undefined;
  const named = hosts.split(',').map((host) => {
    const match = HOST.exec(host);
    if (!match) return undefined;
    if (match[1] !== undefined) return host;
    return STORE_SCHEME.test(scheme) ? `${host}:${EVENT_STORE_PORT}` : undefined;
  });
  if (!named.every((host) => host !== undefined)) return undefined;
  try {
    const credentials =
      username !== undefined && password !== undefined
        ? { username: decodeURIComponent(username), password: decodeURIComponent(password) }
        : undefined;
    return { scheme, credentials, hosts: named, query: new URLSearchParams(query) };
  } catch {
    // An escape that is none.
    return undefined;
  }
};

/** Of an event store's address. Whatever does not plainly say `tls=false` is spoken to by TLS. */
export const speaksTls = ({ query }: EngineAddress): boolean => {
  const said = query.getAll('tls');
  return said.length === 0 || said.some((value) => value !== 'false');
};

/**
 * What is wrong with the setting of the event store, in words that show none of it; undefined where nothing is. A server
 * with TLS asks who we are, and nobody may answer that in the operator's place.
 */
export const storeFault = (setting: string): string | undefined => {
  if (setting === 'postgres') return undefined;
  const address = engineAddress(setting);
  if (!address || !STORE_SCHEME.test(address.scheme))
    return 'must be postgres, or esdb://host:port,… of an EventStoreDB';
  if (speaksTls(address) && !address.credentials)
    return 'must name a user, esdb://user:password@host:port; only a server without TLS (?tls=false) asks for none';
  return undefined;
};

/** What is wrong with the setting of the bus, in words that show none of it; undefined where nothing is. */
export const busFault = (setting: string): string | undefined =>
  setting === 'postgres' || engineAddress(setting)?.scheme === 'kafka'
    ? undefined
    : 'must be postgres, or kafka://host:port,…';

/** A setting as it may be kept and shown: an address loses its user and password. */
export const withoutCredentials = (setting: string): string => setting.replace(/^([a-z+]+:\/\/)[^@]*@/, '$1');
