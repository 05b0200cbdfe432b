import { IPv4, type IPv6 } from 'ipaddr.js';
import { METADATA_NETWORKS } from './metadata';
import { type Address, isWithin, type Network, parseNetwork } from './network';

/**
 * How far an address is from the public internet. `metadata` tells a machine's credentials to whoever asks; `private` is
 * this machine, a network of one's own, or nothing that could be a provider (multicast, reserved, for documentation).
 */
export type Reach = 'public' | 'private' | 'metadata';

const networks = (texts: readonly string[]): readonly Network[] =>
  texts.map((text) => {
    const network = parseNetwork(text);
    if (network === undefined) throw new Error(`no network: ${text}`);
    return network;
  });

const METADATA = networks(METADATA_NETWORKS);
/** All that is assigned to hosts of the internet. The rest of IPv6 is reserved. */
const GLOBAL_UNICAST = networks(['2000::/3']);

/** A network of IPv6 whose addresses carry one or two of IPv4. */
interface Embedding {
  readonly network: Network;
  /** The bytes that hold an address of IPv4, and whether they are inverted. */
  readonly at: readonly { readonly bytes: readonly number[]; readonly inverted?: true }[];
  /** What it carries is where it leads, and no more: public where that is. */
  readonly transparent: boolean;
}

const LAST = [12, 13, 14, 15];

const embedding = (network: string, at: Embedding['at'], transparent: boolean): readonly Embedding[] =>
  networks([network]).map((parsed) => ({ network: parsed, at, transparent }));

const EMBEDDINGS: readonly Embedding[] = [
  // NAT64 by its well-known prefix.
  ...embedding('64:ff9b::/96', [{ bytes: LAST }], true),
  // NAT64 by prefixes of one's own, of 48 or 96 bits (RFC 6052 leaves byte 8 out).
  ...embedding('64:ff9b:1::/48', [{ bytes: [6, 7, 9, 10] }, { bytes: LAST }], false),
  // 6to4.
  ...embedding('2002::/16', [{ bytes: [2, 3, 4, 5] }], true),
  // Teredo: its server, and its client.
  ...embedding('2001::/32', [{ bytes: [4, 5, 6, 7] }, { bytes: LAST, inverted: true }], false),
  // SIIT, and the compatible form that nobody may use any more. (`::ffff:…` is IPv4 to us.)
  ...embedding('::ffff:0:0:0/96', [{ bytes: LAST }], false),
  ...embedding('::/96', [{ bytes: LAST }], false),
];

export const reachOf = (address: Address): Reach => {
  if (METADATA.some((network) => isWithin(address, network))) return 'metadata';
  if (address.kind() === 'ipv4') return address.range() === 'unicast' ? 'public' : 'private';
  return reachOfIpv6(address as IPv6);
};

const reachOfIpv6 = (address: IPv6): Reach => {
  const carrier = EMBEDDINGS.find(({ network }) => isWithin(address, network));
  if (carrier === undefined) {
    const isHost = GLOBAL_UNICAST.some((network) => isWithin(address, network));
    return isHost && address.range() === 'unicast' ? 'public' : 'private';
  }
  const reaches = carriedBy(address, carrier).map(reachOf);
  if (reaches.includes('metadata')) return 'metadata';
  return carrier.transparent && !reaches.includes('private') ? 'public' : 'private';
};

const carriedBy = (address: IPv6, { at }: Embedding): IPv4[] => {
  const all = address.toByteArray();
  return at.map(
    ({ bytes, inverted }) =>
      new IPv4(bytes.map((index) => (inverted ? ~(all[index] ?? 0) & 0xff : (all[index] ?? 0)))),
  );
};
