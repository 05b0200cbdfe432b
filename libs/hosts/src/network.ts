import { isIP } from 'node:net';
import ipaddr, { type IPv4, type IPv6 } from 'ipaddr.js';

/** An address without its zone; one of IPv4 that is written in IPv6 (`::ffff:…`) is the same as without. */
export type Address = IPv4 | IPv6;

/** Where an address is compared with: an address and the length of its prefix in bits. */
export type Network = readonly [address: Address, length: number];

/** Undefined for what is no address, and for the short and octal forms that some programs take for one. */
export const parseAddress = (text: string): Address | undefined => {
  const [bare = ''] = text.split('%');
  return isIP(bare) === 0 ? undefined : ipaddr.process(bare);
};

/** `10.0.0.0/8`, or one address. Undefined for what is neither, and where bits are set behind the prefix. */
export const parseNetwork = (text: string): Network | undefined => {
  const [bare = '', length, ...more] = text.split('/');
  const family = isIP(bare);
  if (family === 0 || bare.includes('%') || more.length > 0) return undefined;
  const width = family === 4 ? 32 : 128;
  if (length !== undefined && (!/^\d{1,3}$/.test(length) || Number(length) > width)) return undefined;
  const [address, bits] = ipaddr.parseCIDR(`${bare}/${length ?? width}`);
  return hasBitsBehind(address, bits) ? undefined : [address, bits];
};

export const isWithin = (address: Address, [base, length]: Network): boolean =>
  address.kind() === base.kind() && address.match(base as never, length);

const hasBitsBehind = (address: Address, length: number): boolean =>
  address
    .toByteArray()
    .some((byte, index) => (byte & (0xff >> Math.min(8, Math.max(0, length - index * 8)))) !== 0);
