import { operationsV1 } from '@gatehouse/proto-gen';
import { type handleUnaryCall, type Server, status } from '@grpc/grpc-js';

type List = handleUnaryCall<operationsV1.ListKeyUsesRequest, operationsV1.ListKeyUsesResponse>;

/** A service as far as it says when keys last called it, up or down as the spec says. */
export class FakeKeyUses {
  /** By the key's id. */
  readonly hours = new Map<string, Date>();
  down = false;

  serveAt(server: Server): void {
    server.addService(operationsV1.KeyUseServiceService, {
      listKeyUses: (...[call, respond]: Parameters<List>) => {
        if (this.down) return respond({ code: status.UNAVAILABLE });
        const uses = call.request.apiKeyIds.flatMap((apiKeyId) => {
          const hour = this.hours.get(apiKeyId);
          return hour ? [{ apiKeyId, hour }] : [];
        });
        respond(null, { uses, since: new Date(0) });
      },
    });
  }
}
