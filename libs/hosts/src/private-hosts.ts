import { domainToASCII } from 'node:url';
import { type Address, isWithin, type Network, parseNetwork } from './network';

/** The setting that holds them. */
export const PRIVATE_HOSTS_SETTING = 'GATEHOUSE_PRIVATE_HOSTS';

const NAME = /^(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/;

/** What integrations may reach beside the public internet: the operator's list of networks and names. */
export class PrivateHosts {
  static readonly none = new PrivateHosts([], new Set(), []);

  private constructor(
    private readonly networks: readonly Network[],
    private readonly names: ReadonlySet<string>,
    /** With their leading dot. */
    private readonly zones: readonly string[],
  ) {}

  /**
   * Networks (`10.0.0.0/8`, `fd00::/8`), addresses, names (`vllm`) and all names below one (`*.corp.example`), separated
   * by commas. Undefined where one of them is none of these.
   */
  static parse(list: string): PrivateHosts | undefined {
    const entries = list
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '');
    const networks: Network[] = [];
    const names: string[] = [];
    for (const entry of entries) {
      const network = parseNetwork(entry);
      const name = network === undefined ? parseName(entry) : undefined;
      if (network !== undefined) networks.push(network);
      else if (name !== undefined) names.push(name);
      else return undefined;
    }
    const zones = names.filter((name) => name.startsWith('*.')).map((name) => name.slice(1));
    return new PrivateHosts(networks, new Set(names), zones);
  }

  hasAddress(address: Address): boolean {
    return this.networks.some((network) => isWithin(address, network));
  }

  /** @param name in lower case, without a trailing dot. */
  hasName(name: string): boolean {
    return this.names.has(name) || this.zones.some((zone) => name.endsWith(zone));
  }
}

const parseName = (entry: string): string | undefined => {
  // Of a URL the conversion below would take the host.
  if (/[\s/\\:@?#%[\]]/.test(entry)) return undefined;
  const zone = entry.startsWith('*.') ? '*.' : '';
  const name = zone + domainToASCII(entry.slice(zone.length).replace(/\.$/, '').toLowerCase());
  // A number at the end makes URLs take it for an address; as a name it would never be met.
  return NAME.test(name) && !/(^|\.)(\d+|0x[0-9a-f]*)$/.test(name) ? name : undefined;
};
