import { lookup as lookupByDns, type LookupAddress, type LookupOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { reachOf } from './address-reach';
import { type BaseUrl, parseBaseUrl } from './base-url';
import { kindOfName, type NameKind } from './host-name';
import { HostRefused, type HostRefusal } from './host-refusal';
import { parseAddress } from './network';
import type { PrivateHosts } from './private-hosts';

/** All addresses of a name, as `dns.lookup` answers them. */
export type LookupAll = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Of a URL: who is called, and whether what is said can be overheard. */
type Origin = Pick<URL, 'hostname' | 'protocol'>;

/** How long a name may take to resolve before its text alone is judged, in milliseconds. */
const RESOLVE_MS_MAX = 3_000;

/**
 * Judges where a base URL leads: public hosts by https, what the operator lists by http too, and instance metadata
 * never. One address among several that is refused refuses them all.
 */
export class HostGuard {
  constructor(
    private readonly privateHosts: PrivateHosts,
    private readonly lookup: LookupAll = lookupByDns,
  ) {}

  /** Judges the text alone: no name is resolved. */
  parse(baseUrl: string): BaseUrl {
    const parsed = parseBaseUrl(baseUrl);
    const refusal = parsed.ok ? this.refusalOfText(parsed.url) : undefined;
    return refusal === undefined ? parsed : { ok: false, refusal };
  }

  /**
   * Judges every address that the name of a parsed URL has now. A name without one is judged by its text: it may resolve
   * where it is called, and is judged there again. Never rejects.
   */
  async resolve(url: Origin): Promise<HostRefusal | undefined> {
    if (literalOf(url.hostname) !== undefined) return this.refusalOfText(url);
    const addresses = await this.addressesOf(url.hostname);
    return addresses.length > 0 ? this.refusalOfAddresses(url, addresses) : this.refusalOfUnresolved(url);
  }

  /**
   * `dns.lookup` for the sockets of one origin. A socket connects to what this answers, so a name cannot be one thing when
   * it is judged and another when it is dialled. It is not asked for literal addresses, which `parse` judges. Fails with
   * HostRefused.
   */
  lookupFor({ protocol }: Origin): LookupFunction {
    return (hostname, options, callback) => {
      this.lookup(hostname, { ...options, all: true }, (error, addresses) => {
        if (error) return callback(error, []);
        const refusal = this.refusalOfAddresses({ hostname, protocol }, addresses);
        const [first] = addresses;
        if (refusal !== undefined || !first) return callback(new HostRefused(refusal ?? 'private'), []);
        if (options.all) return callback(null, addresses);
        callback(null, first.address, first.family);
      });
    };
  }

  private refusalOfText(url: Origin): HostRefusal | undefined {
    const address = literalOf(url.hostname);
    if (address !== undefined) return this.refusalOfAddresses(url, [{ address }]);
    const name = this.unlistedName(url);
    // Whether a local name is allowed is told by where it leads.
    return name === 'metadata' || name === 'look-alike' ? name : undefined;
  }

  private refusalOfUnresolved(url: Origin): HostRefusal | undefined {
    const name = this.unlistedName(url);
    if (name === undefined) return undefined;
    if (name === 'local') return 'private';
    if (name !== 'ordinary') return name;
    return url.protocol === 'https:' ? undefined : 'plain-text';
  }

  private refusalOfAddresses(
    url: Origin,
    addresses: readonly Pick<LookupAddress, 'address'>[],
  ): HostRefusal | undefined {
    const name = literalOf(url.hostname) === undefined ? this.unlistedName(url) : 'ordinary';
    if (name === 'metadata' || name === 'look-alike') return name;
    const refusals = addresses.map(({ address }) => this.refusalOfAddress(address, url, name));
    return refusals.includes('metadata') ? 'metadata' : refusals.find((refusal) => refusal !== undefined);
  }

  /** @param name undefined where the operator lists it. */
  private refusalOfAddress(
    text: string,
    { protocol }: Origin,
    name: NameKind | undefined,
  ): HostRefusal | undefined {
    const address = parseAddress(text);
    if (address === undefined) return 'malformed';
    const reach = reachOf(address);
    if (reach === 'metadata') return 'metadata';
    if (this.privateHosts.hasAddress(address)) return undefined;
    if (reach === 'private') return name === undefined ? undefined : 'private';
    if (name === 'local') return 'private';
    return protocol === 'https:' ? undefined : 'plain-text';
  }

  /** Undefined for a name that the operator lists; metadata cannot be listed. */
  private unlistedName({ hostname }: Origin): NameKind | undefined {
    const name = hostname.toLowerCase().replace(/\.$/, '');
    const kind = kindOfName(name);
    return kind !== 'metadata' && this.privateHosts.hasName(name) ? undefined : kind;
  }

  private addressesOf(hostname: string): Promise<readonly LookupAddress[]> {
    return new Promise((resolve) => {
      const deadline = setTimeout(() => resolve([]), RESOLVE_MS_MAX);
      this.lookup(hostname, { all: true }, (error, addresses) => {
        clearTimeout(deadline);
        resolve(error ? [] : addresses);
      });
    });
  }
}

/** The address that a URL's host is, in the normal form that URLs have: no brackets. Undefined for a name. */
const literalOf = (hostname: string): string | undefined => {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return parseAddress(bare) === undefined ? undefined : bare;
};
