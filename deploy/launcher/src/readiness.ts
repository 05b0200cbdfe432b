import { Client, credentials } from '@grpc/grpc-js';

const DEADLINE_MS = 1_000;
/** HealthCheckResponse with `status: SERVING`: field 1, varint 1. */
const SERVING = Buffer.from([0x08, 0x01]);

/**
 * Asks the standard health service about the whole server. The messages are an empty one and a single enum, so their
 * bytes are written here rather than a schema loaded into the launcher.
 */
export const isGrpcServing = async (address: string): Promise<boolean> => {
  const client = new Client(address, credentials.createInsecure());
  try {
    return await new Promise<boolean>((resolve) => {
      client.makeUnaryRequest(
        '/grpc.health.v1.Health/Check',
        (empty: Buffer) => empty,
        (bytes: Buffer) => bytes,
        Buffer.alloc(0),
        { deadline: Date.now() + DEADLINE_MS },
        (error, response) => resolve(!error && response !== undefined && SERVING.equals(response)),
      );
    });
  } finally {
    client.close();
  }
};

export const isHttpOk = async (url: string): Promise<boolean> => {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(DEADLINE_MS) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
};
