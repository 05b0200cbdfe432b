import { type GrpcController, GrpcService, Requires, serverStream, SMALL_REQUEST } from '@gatehouse/grpc';
import { invalidField } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { Observable } from 'rxjs';
import { ConfigLog } from '../../app/gateway-config/gateway-config.ports';
import { watchConfig } from '../../app/gateway-config/watch-config';
import { toProtoWatchResponses } from './gateway-config-conversion';

type Definition = typeof provisioningV1.GatewayConfigServiceService;

@GrpcService('GatewayConfigService', provisioningV1.GatewayConfigServiceService)
export class GatewayConfigController implements GrpcController<Definition> {
  constructor(private readonly log: ConfigLog) {}

  @Requires('service.gateway', SMALL_REQUEST)
  watch(
    { afterVersion }: provisioningV1.WatchRequest,
    _metadata: unknown,
    call: ServerWritableStream<provisioningV1.WatchRequest, provisioningV1.WatchResponse>,
  ): Observable<never> {
    if (afterVersion < 0n) throw invalidField('after_version', 'must not be negative');
    return serverStream(call, (signal) =>
      toProtoWatchResponses(watchConfig(this.log, { afterVersion, signal })),
    );
  }
}
