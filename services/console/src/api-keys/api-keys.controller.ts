import { AppError, Turns } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { Controller, Inject } from '@nestjs/common';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { awaited, shownIn } from '../adapters/grpc/shown-in';
import { changeLimits } from '../configured-limits/limit-scope';
import { fromRestLimits } from '../limits/limit-conversion';
import { resetUsage } from '../limits/usage-resets';
import type { Asked } from '../rest/asked';
import { gathered, pageOf } from '../rest/paging';
import type { AnswerOf } from '../rest/route';
import { AskedOf, Serves } from '../rest/serves.decorator';
import { workspaceIdOf } from '../named-workspace/named-workspace';
import {
  keyLimitsChange,
  refuseOtherChanges,
  roleFor,
  ROTATION_DAYS,
  toRestApiKey,
} from './api-key-conversion';
import * as routes from './api-key.routes';
import { OVERLAP_MS } from './api-key.schema';

const PAGE_BY_DEFAULT = 100;

const { ApiKeyKind, ApiKeyStatus } = provisioningV1;

@Controller()
export class ApiKeysController {
  constructor(@Inject(Turns) private readonly turns: Turns) {}

  @Serves(routes.listApiKeys)
  async list(
    @AskedOf() { query, control }: Asked<typeof routes.listApiKeys>,
  ): Promise<AnswerOf<typeof routes.listApiKeys>> {
    const { workspace_id: workspace } = query;
    const workspaceId = workspace ? await workspaceIdOf(control, workspace) : '';
    const { total, items } = await gathered(
      pageOf(query, PAGE_BY_DEFAULT),
      (part) =>
        control.apiKeys.listApiKeys(
          provisioningV1.ListApiKeysRequest.fromPartial({
            ...{ status: ApiKeyStatus.ACTIVE, workspaceId },
            ...part,
          }),
        ),
      ({ apiKeys }) => apiKeys,
    );
    return { object: 'list', total, data: items.map(toRestApiKey) };
  }

  @Serves(routes.createApiKey)
  async create(
    @AskedOf() { path, body, control, requestId }: Asked<typeof routes.createApiKey>,
  ): Promise<AnswerOf<typeof routes.createApiKey>> {
    const { holder, kind } = path;
    const { workspace_id: workspace, expires_at: end, rotation_policy: rotation, usage_limits: usage } = body;
    const issued = await control.apiKeys.issueApiKey(
      provisioningV1.IssueApiKeyRequest.fromPartial({
        ...{ requestId, name: body.name, scopes: body.scopes, role: roleFor(holder, body.scopes) },
        workspaceId: workspace ? await workspaceIdOf(control, workspace) : '',
        memberId: body.user_id ?? '',
        kind: kind === 'user' ? ApiKeyKind.PERSON : ApiKeyKind.SERVICE,
        limits: fromRestLimits(usage ? [usage] : [], body.rate_limits),
        ...(end && { expiresAt: new Date(end) }),
        ...(rotation && { rotateEveryDays: ROTATION_DAYS[rotation.rotation_period] }),
      }),
    );
    const { id } = shownIn(issued.apiKey);
    // Its secret is told now or never.
    await awaited(keyAt(control, id, issued.position));
    return { id, key: issued.secret, object: 'api-key' };
  }

  @Serves(routes.getApiKey)
  async get(
    @AskedOf() { path, control }: Asked<typeof routes.getApiKey>,
  ): Promise<AnswerOf<typeof routes.getApiKey>> {
    return toRestApiKey(await known(control, path.id));
  }

  @Serves(routes.changeApiKey)
  async change(@AskedOf() { path, body, control }: Asked<typeof routes.changeApiKey>): Promise<object> {
    await this.turns.take(path.id, async () => {
      const key = await known(control, path.id);
      refuseOtherChanges(key, body);
      const limits = keyLimitsChange(body);
      const after = limits ? await changeLimits(control, path.id, limits) : key.limits;
      if (body.reset_usage) await resetUsage(control, { before: key.limits, after });
    });
    return {};
  }

  @Serves(routes.deleteApiKey)
  async revoke(@AskedOf() { path, control, requestId }: Asked<typeof routes.deleteApiKey>): Promise<object> {
    const { position } = await control.apiKeys.revokeApiKey({ requestId, reason: '', apiKeyId: path.id });
    await awaited(keyAt(control, path.id, position));
    return {};
  }

  @Serves(routes.rotateApiKey)
  async rotate(
    @AskedOf() { path, body, control, requestId }: Asked<typeof routes.rotateApiKey>,
  ): Promise<AnswerOf<typeof routes.rotateApiKey>> {
    const overlapMs = body.key_transition_period_ms ?? OVERLAP_MS;
    const { apiKey, secret } = await control.apiKeys.rotateApiKey({
      ...{ requestId, reason: '', apiKeyId: path.id },
      overlapSeconds: Math.floor(overlapMs / 1_000),
    });
    const { id, earlierSecretEndsAt } = shownIn(apiKey);
    return { id, key: secret, key_transition_expires_at: earlierSecretEndsAt?.toISOString() ?? null };
  }
}

const keyAt = async (
  control: ControlPlane,
  apiKeyId: string,
  atLeastPosition: string,
): Promise<provisioningV1.ApiKey> => {
  const { apiKey } = await control.apiKeys.getApiKey({ apiKeyId, atLeastPosition });
  return shownIn(apiKey);
};

/** NOT_FOUND `API_KEY_UNKNOWN` for one that does not work any more, too. */
const known = async (control: ControlPlane, id: string): Promise<provisioningV1.ApiKey> => {
  const key = await keyAt(control, id, '');
  if (key.status !== ApiKeyStatus.ACTIVE) throw new AppError('NOT_FOUND', 'API_KEY_UNKNOWN');
  return key;
};
