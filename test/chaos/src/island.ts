import { writeFile } from 'node:fs/promises';
import { system } from './machine';

/** The ways of an island: to services and engines, or to clients and the provider. */
export const WAYS = ['inside', 'outside'] as const;
export type Way = (typeof WAYS)[number];

/** What listens here is reached from islands under the addresses that it has here. */
const REACHED: Readonly<Record<Way, string>> = { inside: '127.0.0.1', outside: '127.0.0.2' };
const NETWORK: Readonly<Record<Way, number>> = { inside: 231, outside: 232 };

/**
 * A network of its own, with a way for each of two addresses of this one: a packet on a way that is cut is lost, and nobody is
 * told. It is there until the process ends, whose own network is private (`arena.ts` runs in namespaces of its own).
 */
export class Island {
  private constructor(private readonly number: number) {}

  static async make(number: number): Promise<Island> {
    const island = new Island(number);
    await system('ip', 'netns', 'add', island.name);
    for (const way of WAYS) await island.open(way);
    return island;
  }

  /** Its own address on a way. */
  address(way: Way): string {
    return `10.${NETWORK[way]}.${this.number}.2`;
  }

  /** A command that becomes the one behind it, on the island. */
  get through(): readonly string[] {
    return ['ip', 'netns', 'exec', this.name];
  }

  cut(way: Way): Promise<string> {
    return system('ip', 'link', 'set', this.here(way), 'down');
  }

  mend(way: Way): Promise<string> {
    return system('ip', 'link', 'set', this.here(way), 'up');
  }

  private get name(): string {
    return `island-${this.number}`;
  }

  private here(way: Way): string {
    return `${way}-${this.number}`;
  }

  /** Its loopback stays down, so that addresses of 127.0.0.0/8 are no one's there, and may lead here. */
  private async open(way: Way): Promise<void> {
    const [here, there, net] = [this.here(way), way, `10.${NETWORK[way]}.${this.number}`];
    await system('ip', 'link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', this.name);
    await system('ip', 'address', 'add', `${net}.1/30`, 'dev', here);
    await system('ip', '-n', this.name, 'address', 'add', `${net}.2/30`, 'dev', there);
    await writeFile(localRoutes(here), '1');
    await system(...(this.through as [string]), 'sh', '-c', `echo 1 > ${localRoutes(there)}`);
    await system('ip', 'link', 'set', here, 'up');
    await system('ip', '-n', this.name, 'link', 'set', there, 'up');
    const route = [`${REACHED[way]}/32`, 'via', `${net}.1`, 'dev', there, 'src', `${net}.2`];
    await system('ip', '-n', this.name, 'route', 'add', ...route);
  }
}

/** Lets packets of 127.0.0.0/8 pass a link. */
const localRoutes = (link: string): string => `/proc/sys/net/ipv4/conf/${link}/route_localnet`;
