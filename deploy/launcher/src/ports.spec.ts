import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { choosePorts, PORT_NAMES, type Ports } from './ports';

let taken: Server;
let takenPort: number;

beforeAll(async () => {
  taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  takenPort = (taken.address() as AddressInfo).port;
});

afterAll(() => taken.close());

describe('choosePorts', () => {
  let first: Ports;

  beforeAll(async () => {
    first = (await choosePorts({ gateway: 29_871 }, {})).ports;
  });

  it('gives everyone a port of their own', () => {
    expect(first.gateway).toBe(29_871);
    expect(new Set(Object.values(first)).size).toBe(PORT_NAMES.length);
  });

  it('keeps what it remembers', async () => {
    expect(await choosePorts({}, first)).toEqual({ ports: first, moved: [] });
  });

  it('chooses anew where another program listens, and says so', async () => {
    const { ports, moved } = await choosePorts({}, { ...first, audit: takenPort });
    expect(moved).toEqual(['audit']);
    expect(ports).toEqual({ ...first, audit: ports.audit });
    expect(ports.audit).not.toBe(takenPort);
  });

  it('refuses to move the port that clients know', async () => {
    await expect(choosePorts({}, { ...first, gateway: takenPort })).rejects.toThrow(
      `port ${takenPort} is taken; choose another with --port`,
    );
  });

  it('refuses a port that was asked for twice', async () => {
    await expect(choosePorts({ gateway: 29_872, audit: 29_872 }, {})).rejects.toThrow('asked for twice');
  });
});
