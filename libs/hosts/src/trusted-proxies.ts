import { isWithin, type Network, parseAddress, parseNetwork } from './network';

/** Proxies that stand before a service, and are believed when they say whom they speak for: the operator's list of networks. */
export class TrustedProxies {
  static readonly none = new TrustedProxies([]);

  private constructor(private readonly networks: readonly Network[]) {}

  /** Networks (`10.0.0.0/8`, `fd00::/8`) and addresses, separated by commas. Undefined where one of them is neither. */
  static parse(list: string): TrustedProxies | undefined {
    const entries = list.split(',').map((entry) => entry.trim());
    const networks = entries.filter((entry) => entry !== '').map(parseNetwork);
    return networks.every((network) => network !== undefined) ? new TrustedProxies(networks) : undefined;
  }

  /** Whether an address is one of them. */
  has(text: string | undefined): boolean {
    const address = text === undefined ? undefined : parseAddress(text);
    return address !== undefined && this.networks.some((network) => isWithin(address, network));
  }
}
