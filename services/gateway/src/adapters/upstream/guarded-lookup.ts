import { lookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { BlockList, isIP } from 'node:net';

/** An address where clouds keep credentials of their machines: never a provider. */
export class AddressRefused extends Error {
  readonly code = 'ERR_ADDRESS_REFUSED';

  constructor() {
    super('the provider has an address that is never called');
    this.name = 'AddressRefused';
  }
}

const refused = new BlockList();
// Link-local, where instance metadata lives, and the metadata services that live elsewhere.
refused.addSubnet('169.254.0.0', 16, 'ipv4');
refused.addAddress('100.100.100.200', 'ipv4');
refused.addAddress('168.63.129.16', 'ipv4');
refused.addAddress('0.0.0.0', 'ipv4');
refused.addSubnet('fe80::', 10, 'ipv6');
refused.addAddress('fd00:ec2::254', 'ipv6');
refused.addAddress('fd20:ce::254', 'ipv6');
refused.addAddress('::', 'ipv6');

/** IPv4 inside IPv6: mapped, translated (64:ff9b::/96) or 6to4; hexadecimal or dotted. */
const embedded = (address: string): string | undefined => {
  const dotted = /^(?:::ffff:|64:ff9b::|::)(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (dotted) return dotted[1];
  const hex =
    /^(?:::ffff:|64:ff9b::|::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address) ??
    /^2002:([0-9a-f]{1,4}):([0-9a-f]{1,4}):/i.exec(address);
  if (!hex) return undefined;
  const high = parseInt(hex[1] ?? '', 16);
  const low = parseInt(hex[2] ?? '', 16);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
};

/** Whether an IP address is never called, in whatever spelling. */
export const isRefusedAddress = (address: string): boolean => {
  const bare = address.split('%')[0] ?? '';
  const inner = embedded(bare);
  if (inner !== undefined && refused.check(inner, 'ipv4')) return true;
  return refused.check(bare, isIP(bare) === 6 ? 'ipv6' : 'ipv4');
};

type LookupCallback = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void;

/**
 * `dns.lookup` that leaves refused addresses out. The socket connects to what this answers, so a name cannot be one
 * thing when it is checked and another when it is called.
 */
export const guardedLookup = (hostname: string, options: LookupOptions, callback: LookupCallback): void => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, []);
    const allowed = addresses.filter(({ address }) => !isRefusedAddress(address));
    const [first] = allowed;
    if (!first) return callback(new AddressRefused(), []);
    if (options.all) return callback(null, allowed);
    callback(null, first.address, first.family);
  });
};
