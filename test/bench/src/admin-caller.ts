import { setTimeout as sleep } from 'node:timers/promises';
import { grpcClient } from '@gatehouse/grpc';
import { provisioningV1 } from '@gatehouse/proto-gen';

export interface AdminOrder {
  readonly address: string;
  readonly apiKey: string;
  readonly seconds: number;
}

export interface AdminFigures {
  readonly took: readonly number[];
  readonly failed: number;
}

/** A call begins so often, whether or not those before have ended: a slow answer hides no other. */
const EVERY_MS = 20;

/** The child's side: an admin's calls, and how many milliseconds each took, also where it had no answer in the end. */
const measure = async ({ address, apiKey, seconds }: AdminOrder): Promise<AdminFigures> => {
  const client = grpcClient(provisioningV1.OrganizationServiceClient, { address, apiKey });
  const request = provisioningV1.GetOrganizationRequest.fromPartial({});
  // The connection is made before the clock runs.
  await client.getOrganization(request).catch(() => undefined);
  let failed = 0;
  const timed = async (): Promise<number> => {
    const start = performance.now();
    await client.getOrganization(request).catch(() => failed++);
    return performance.now() - start;
  };
  const calls: Promise<number>[] = [];
  for (let n = 0; n < (seconds * 1_000) / EVERY_MS; n++) {
    calls.push(timed());
    await sleep(EVERY_MS);
  }
  try {
    return { took: await Promise.all(calls), failed };
  } finally {
    client.close();
  }
};

if (process.send) {
  process.on(
    'message',
    (order: AdminOrder) => void measure(order).then((figures) => process.send?.(figures)),
  );
  process.once('disconnect', () => process.exit());
}
