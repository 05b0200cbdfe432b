import { grpcClient } from '@gatehouse/grpc';
import { operationsV1 } from '@gatehouse/proto-gen';
import { CONTROL_SERVICE_NAMES, type ControlServiceName } from '@gatehouse/topology';
import type { Announcement } from './launch';

/** A rebuild may take its time. */
const DEADLINE_MS = 120_000;

/** What `npx gatehouse projections` asks, without a process for each question. */
export class OperatorsProjections {
  constructor(
    private readonly addresses: Announcement['grpc'],
    private readonly serviceToken: string,
  ) {}

  /** Every projection of every service, as `service/name`. */
  async list(): Promise<{ name: string; deadLetters: bigint }[]> {
    const found = await Promise.all(
      CONTROL_SERVICE_NAMES.map(async (service) => {
        const { projections } = await this.asking(service, (client) => client.listProjections({}));
        return projections.map(({ name, deadLetters }) => ({ name: `${service}/${name}`, deadLetters }));
      }),
    );
    return found.flat();
  }

  async rebuild(projection: string): Promise<void> {
    const [service, name = ''] = projection.split('/');
    await this.asking(service as ControlServiceName, (client) => client.rebuildProjection({ name }));
  }

  private async asking<T>(
    service: ControlServiceName,
    ask: (client: ReturnType<typeof this.clientOf>) => Promise<T>,
  ): Promise<T> {
    const client = this.clientOf(service);
    try {
      return await ask(client);
    } finally {
      client.close();
    }
  }

  private clientOf(service: ControlServiceName) {
    return grpcClient(operationsV1.ProjectionServiceClient, {
      address: this.addresses[service],
      serviceToken: this.serviceToken,
      deadlineMs: DEADLINE_MS,
    });
  }
}
