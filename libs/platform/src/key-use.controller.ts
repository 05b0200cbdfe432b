import { ApiKeyUses } from '@gatehouse/access';
import { type GrpcController, GrpcService, largerRequest, RequestChecks, Requires } from '@gatehouse/grpc';
import { apiKeyId } from '@gatehouse/kernel';
import { operationsV1 } from '@gatehouse/proto-gen';

const KEYS_MAX = 200;
const KEYS_REQUEST = largerRequest({ kibibytes: 16, fieldsMax: 208 });

/** When keys last called a service; every service that keys call serves it. */
@GrpcService('KeyUseService', operationsV1.KeyUseServiceService)
export class KeyUseController implements GrpcController<typeof operationsV1.KeyUseServiceService> {
  constructor(private readonly uses: ApiKeyUses) {}

  @Requires('service.provisioning', KEYS_REQUEST)
  async listKeyUses(request: operationsV1.ListKeyUsesRequest): Promise<operationsV1.ListKeyUsesResponse> {
    const checks = new RequestChecks();
    const { length } = request.apiKeyIds;
    if (length < 1 || length > KEYS_MAX) checks.fault('api_key_ids', `must be 1 to ${KEYS_MAX} ids`);
    const ids = checks.parse('api_key_ids', 'must be ids of keys', () => request.apiKeyIds.map(apiKeyId));
    checks.done();
    const { hours, since } = await this.uses.find(ids ?? []);
    return { uses: [...hours].map(([id, hour]) => ({ apiKeyId: id, hour })), since };
  }
}
