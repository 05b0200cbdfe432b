import { isPortFree } from '@gatehouse/embedded-postgres';
import { CONTROL_SERVICE_NAMES, type ControlServiceName } from '@gatehouse/topology';

const OTHER_PORT_NAMES = ['gateway', 'console', 'postgres', 'simulator', 'gateway-grpc'] as const;
export type PortName = (typeof OTHER_PORT_NAMES)[number] | ControlServiceName;
export const PORT_NAMES: readonly PortName[] = [...OTHER_PORT_NAMES, ...CONTROL_SERVICE_NAMES];
export type Ports = Readonly<Record<PortName, number>>;

const DEFAULT_GATEWAY_PORT = 8787;
/**
 * Below what kernels hand out for outgoing connections, so that a remembered port is rarely taken by chance. None is of those that no
 * integration may lead to, as the one of the simulator does (libs/hosts).
 */
const FIRST_PORT = 20_000;
const PORT_COUNT = 6_000;

export interface PortChoice {
  readonly ports: Ports;
  /** Remembered ports that somebody else took meanwhile. */
  readonly moved: readonly PortName[];
}

/** Ports that were asked for, else those of the last start where they are still free, else free ones. */
export const choosePorts = async (
  wanted: Readonly<Partial<Record<PortName, number>>>,
  remembered: Readonly<Partial<Record<PortName, number>>>,
): Promise<PortChoice> => {
  const ports: Partial<Record<PortName, number>> = {};
  const moved: PortName[] = [];
  const fixed: Partial<Record<PortName, number>> = {
    ...wanted,
    gateway: wanted.gateway ?? remembered.gateway ?? DEFAULT_GATEWAY_PORT,
  };
  for (const name of PORT_NAMES) {
    const port = fixed[name];
    if (port === undefined) continue;
    if (Object.values(ports).includes(port)) throw new Error(`port ${port} was asked for twice`);
    if (!(await isPortFree(port)))
      throw new Error(`port ${port} is ${whyNot(port)}; choose another with ${optionFor(name)}`);
    ports[name] = port;
  }
  for (const name of PORT_NAMES) {
    if (ports[name] !== undefined) continue;
    const before = remembered[name];
    const isTaken = (port: number): boolean => Object.values(ports).includes(port);
    const stays = before !== undefined && !isTaken(before) && (await isPortFree(before));
    if (before !== undefined && !stays) moved.push(name);
    ports[name] = stays ? before : await anyFreePort(isTaken);
  }
  return { ports: ports as Ports, moved };
};

/** Below are those that most systems give to root alone. */
const UNPRIVILEGED_FROM = 1_024;
const whyNot = (port: number): string => (port < UNPRIVILEGED_FROM ? 'taken, or not for this user' : 'taken');

const optionFor = (name: PortName): string => (name === 'gateway' ? '--port' : `--service-port ${name}=…`);

const anyFreePort = async (isTaken: (port: number) => boolean): Promise<number> => {
  const start = Math.floor(Math.random() * PORT_COUNT);
  for (let step = 0; step < PORT_COUNT; step++) {
    const port = FIRST_PORT + ((start + step) % PORT_COUNT);
    if (!isTaken(port) && (await isPortFree(port))) return port;
  }
  throw new Error(`no port from ${FIRST_PORT} to ${FIRST_PORT + PORT_COUNT - 1} is free`);
};
