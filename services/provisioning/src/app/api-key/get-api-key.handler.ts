import { type ApiKeyId, AppError, Clock, type OrganizationId } from '@gatehouse/kernel';
import { Projections } from '@gatehouse/platform';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { demandKeyScope, type KeyManager, sees } from '../../domain/api-key/key-manager';
import { Directory, DIRECTORY } from '../directory.ports';
import { KeyUses } from './api-key.ports';
import { lastUse } from './last-use';
import type { ListedApiKey } from './list-api-keys.handler';

export class GetApiKeyQuery extends Query<ListedApiKey> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly apiKeyId: ApiKeyId,
    readonly reader: KeyManager,
    readonly atLeastPosition: string,
  ) {
    super();
  }
}

@QueryHandler(GetApiKeyQuery)
export class GetApiKeyHandler implements IQueryHandler<GetApiKeyQuery> {
  constructor(
    private readonly directory: Directory,
    private readonly projections: Projections,
    private readonly uses: KeyUses,
    private readonly clock: Clock,
  ) {}

  async execute({
    organizationId,
    apiKeyId,
    reader,
    atLeastPosition,
  }: GetApiKeyQuery): Promise<ListedApiKey> {
    await this.projections.waitFor(DIRECTORY, atLeastPosition);
    const key = await this.directory.apiKey(organizationId, apiKeyId, this.clock.now());
    if (!key || !sees(reader, key.reach)) throw new AppError('NOT_FOUND', 'API_KEY_UNKNOWN');
    demandKeyScope(reader, key, 'read');
    return { ...key, lastUse: lastUse(key, await this.uses.of(organizationId, [apiKeyId])) };
  }
}
