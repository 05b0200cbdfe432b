import { createServer } from 'node:net';
import { isGrpcServing } from '@gatehouse/readiness';
import { readGatewayConfig } from './gateway.config';
import { startAlone } from './testing/gateway-alone';
import { GatewayFixture, MODEL } from './testing/gateway-fixture';

const fixture = new GatewayFixture();
beforeAll(() => fixture.start());
afterAll(() => fixture.stop());

describe('the gateway, to other services', () => {
  it('serves gRPC beside its clients', async () => {
    expect(await isGrpcServing(fixture.grpcAddress, 5_000)).toBe(true);
    const ask = { model: MODEL, messages: [{ role: 'user', content: 'hi' }], max_tokens: 8 };
    expect((await fixture.chat(ask)).status).toBe(200);
  });

  it('does not start where its address is taken, and lets go of everything', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    const config = readGatewayConfig(
      fixture.env({
        GATEHOUSE_GRPC_LISTEN: `127.0.0.1:${port}`,
        GATEHOUSE_DATA_DIR: `${fixture.directory}/other`,
      }),
    );
    const bus = { producer: fixture.bus, close: jest.fn(async () => undefined) };
    await expect(startAlone(config, async () => bus)).rejects.toThrow(String(port));
    expect(bus.close).toHaveBeenCalled();
    taken.close();
  });
});
