import { type GrpcController, GrpcService, Requires, SMALL_REQUEST } from '@gatehouse/grpc';
import { operationsV1 } from '@gatehouse/proto-gen';
import { ServiceRuntime } from './service-runtime';

/** The operator's hand on a service's projections and inboxes; every service with projections serves it. */
@GrpcService('ProjectionService', operationsV1.ProjectionServiceService)
export class ProjectionController implements GrpcController<typeof operationsV1.ProjectionServiceService> {
  constructor(private readonly runtime: ServiceRuntime) {}

  @Requires('operator', SMALL_REQUEST)
  async listProjections(): Promise<operationsV1.ListProjectionsResponse> {
    const { projections, inboxes } = await this.runtime.list();
    return { projections: [...projections], inboxes: [...inboxes] };
  }

  @Requires('operator', SMALL_REQUEST)
  async rebuildProjection({
    name,
  }: operationsV1.RebuildProjectionRequest): Promise<operationsV1.RebuildProjectionResponse> {
    const { events } = await this.runtime.rebuild(name);
    return { events: BigInt(events) };
  }

  @Requires('operator', SMALL_REQUEST)
  async replayDeadLetters({
    name,
  }: operationsV1.ReplayDeadLettersRequest): Promise<operationsV1.ReplayDeadLettersResponse> {
    const { replayed, failed } = await this.runtime.replay(name);
    return { replayed: BigInt(replayed), failed: BigInt(failed) };
  }
}
