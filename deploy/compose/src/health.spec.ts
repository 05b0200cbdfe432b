import { Server, ServerCredentials } from '@grpc/grpc-js';
import { HealthImplementation, type ServingStatusMap } from 'grpc-health-check';
import { isGrpcServing } from './health';

const serve = async (statuses: ServingStatusMap): Promise<{ address: string; server: Server }> => {
  const server = new Server();
  new HealthImplementation(statuses).addToServer(server);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return { address: `127.0.0.1:${port}`, server };
};

describe('isGrpcServing', () => {
  it.each([
    ['SERVING', true],
    ['NOT_SERVING', false],
  ] as const)('reads %s from a real gRPC server', async (status, serving) => {
    const { address, server } = await serve({ '': status });
    try {
      expect(await isGrpcServing(address)).toBe(serving);
    } finally {
      server.forceShutdown();
    }
  });

  it('takes a closed port for not ready', async () => {
    const { address, server } = await serve({ '': 'SERVING' });
    server.forceShutdown();
    expect(await isGrpcServing(address)).toBe(false);
  });
});
