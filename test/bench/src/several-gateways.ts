import { join } from 'node:path';
import { type Product, Twin } from '@gatehouse/e2e';
import { freePort } from '@gatehouse/embedded-postgres';

/** A gateway that runs, the product's own or another. */
export interface RunningGateway {
  readonly port: number;
  stop(): Promise<void>;
}

/** The product's own gateway, which ends with it, and as many others as it takes, each with a directory of its own below this one. */
export const severalGateways = async (
  product: Product,
  count: number,
  directory: string,
): Promise<readonly RunningGateway[]> => {
  const own = { port: Number(new URL(product.gatewayUrl).port), stop: async () => undefined };
  const twins = Array.from({ length: count - 1 }, async (_, index) => {
    const twin = await Twin.start(product, 'gateway', {
      GATEHOUSE_DATA_DIR: join(directory, String(index)),
      GATEHOUSE_HTTP_LISTEN: `127.0.0.1:${await freePort()}`,
    });
    return { port: Number(twin.address.split(':')[1]), stop: () => twin.signal('SIGTERM') };
  });
  return [own, ...(await Promise.all(twins))];
};
