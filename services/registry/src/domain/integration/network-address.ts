/**
 * How far a host may be from the public internet. `metadata` tells cloud credentials to whoever asks, `private` is this
 * machine or a network of one's own.
 */
export type Reach = 'public' | 'private' | 'metadata';

/** Names under which clouds serve instance metadata, and DNS zones that answer with any address asked for. */
const METADATA_NAMES = [
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'metadata.azure.internal',
  'metadata.tencentyun.com',
  'instance-data',
  'instance-data.ec2.internal',
];
const ANY_ADDRESS_ZONES = ['nip.io', 'sslip.io', 'xip.io'];
const PRIVATE_ZONES = [
  'localhost',
  'local',
  'localdomain',
  'localtest.me',
  'lvh.me',
  'internal',
  'intranet',
  'lan',
  'corp',
  'home',
  'home.arpa',
];

/** Link-local, Alibaba's, Oracle's and Azure's metadata addresses. */
const METADATA_IPV4 = ['169.254.0.0/16', '100.100.100.200/32', '192.0.0.192/32', '168.63.129.16/32'];
const PRIVATE_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/3',
];
/** Link-local, and the metadata addresses of EC2 and Compute Engine. */
const METADATA_IPV6 = ['fe80::/10', 'fd00:ec2::254/128', 'fd20:ce::254/128'];
const PRIVATE_IPV6 = [
  '::/128',
  '::1/128',
  'fc00::/7',
  'fec0::/10',
  'ff00::/8',
  '64:ff9b:1::/48',
  '2001:db8::/32',
];
/** IPv6 networks whose addresses carry an IPv4 address, and at which bit it begins. */
const EMBEDDING_IPV6: readonly (readonly [string, bigint])[] = [
  ['::ffff:0:0/96', 0n],
  ['::/96', 0n],
  ['64:ff9b::/96', 0n],
  ['2002::/16', 80n],
];

/** Where a host of a URL leads, as far as its text tells. `hostname` is as WHATWG's URL gives it: addresses normalised. */
export const reachOf = (hostname: string): Reach => {
  if (hostname.startsWith('[')) return reachOfIpv6(parseIpv6(hostname.slice(1, -1)));
  const ipv4 = parseIpv4(hostname);
  return ipv4 === undefined ? reachOfName(hostname.toLowerCase().replace(/\.+$/, '')) : reachOfIpv4(ipv4);
};

const reachOfName = (name: string): Reach => {
  if (METADATA_NAMES.includes(name) || ANY_ADDRESS_ZONES.some((zone) => isWithin(name, zone)))
    return 'metadata';
  // A name of one label is whatever the local resolver makes of it.
  if (!name.includes('.') || PRIVATE_ZONES.some((zone) => isWithin(name, zone))) return 'private';
  return 'public';
};

const isWithin = (name: string, zone: string): boolean => name === zone || name.endsWith(`.${zone}`);

const reachOfIpv4 = (address: bigint): Reach => {
  if (METADATA_IPV4.some((network) => isInIpv4(address, network))) return 'metadata';
  return PRIVATE_IPV4.some((network) => isInIpv4(address, network)) ? 'private' : 'public';
};

const reachOfIpv6 = (address: bigint): Reach => {
  if (METADATA_IPV6.some((network) => isInIpv6(address, network))) return 'metadata';
  if (PRIVATE_IPV6.some((network) => isInIpv6(address, network))) return 'private';
  const embedding = EMBEDDING_IPV6.find(([network]) => isInIpv6(address, network));
  return embedding === undefined ? 'public' : reachOfIpv4((address >> embedding[1]) & 0xffff_ffffn);
};

const isInIpv4 = (address: bigint, network: string): boolean => isIn(address, network, 32, parseIpv4);
const isInIpv6 = (address: bigint, network: string): boolean => isIn(address, network, 128, parseIpv6);

const isIn = (
  address: bigint,
  network: string,
  width: number,
  parse: (text: string) => bigint | undefined,
): boolean => {
  const [base = '', length = ''] = network.split('/');
  const shift = BigInt(width - Number(length));
  return address >> shift === (parse(base) ?? 0n) >> shift;
};

/** Dotted decimal, the only form that remains once a URL is parsed. */
const parseIpv4 = (text: string): bigint | undefined => {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  return match?.slice(1).reduce((address, part) => (address << 8n) | BigInt(part), 0n);
};

/** An IPv6 address that is known to be well formed, in the forms that URLs and the lists above use. */
const parseIpv6 = (text: string): bigint => {
  const [head = '', tail] = text.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...zeros, ...right].reduce(
    (address, group) => (address << 16n) | BigInt(`0x${group}`),
    0n,
  );
};
