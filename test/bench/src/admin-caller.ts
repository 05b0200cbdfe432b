import { once } from 'node:events';
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
/** An address that a flood came from pays for it first: who comes from it next is let in when it has. */
const LET_IN_WITHIN_MS = 120_000;

/** The child's side: an admin's calls, and how many milliseconds each took, also where it had no answer in the end. */
const measure = async ({ address, apiKey, seconds }: AdminOrder): Promise<void> => {
  const client = grpcClient(provisioningV1.OrganizationServiceClient, { address, apiKey });
  const request = provisioningV1.GetOrganizationRequest.fromPartial({});
  // The connection is made before the clock runs.
  await client.getOrganization(request, { deadlineMs: LET_IN_WITHIN_MS });
  const begin = once(process, 'message');
  process.send?.('ready');
  await begin;
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
    const took = await Promise.all(calls);
    process.send?.({ took, failed } satisfies AdminFigures);
  } finally {
    client.close();
  }
};

if (process.send) {
  process.once('message', (order: AdminOrder) => void measure(order));
  process.once('disconnect', () => process.exit());
}
