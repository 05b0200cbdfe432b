import { EventStore, Streams } from '@gatehouse/event-store';
import { type ApiKeyId, AppError, Ids, type OrganizationId } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import { type ApiKeyCommand, apiKeyDecider, type ApiKeyState } from '../../domain/api-key/api-key';
import type { ApiKeyEvent } from '../../domain/api-key/api-key.events';
import { EventCodecs } from '../event-codecs.ports';

@Injectable()
export class ApiKeyStreams extends Streams<ApiKeyCommand, ApiKeyState, ApiKeyEvent> {
  constructor(store: EventStore, codecs: EventCodecs, ids: Ids) {
    super(store, 'apikey-', { decider: apiKeyDecider, codec: codecs.apiKey }, ids);
  }

  /** NOT_FOUND `API_KEY_UNKNOWN`, also for another organization's. */
  async owned(organizationId: OrganizationId, id: ApiKeyId): Promise<void> {
    const recorded = await this.find(id);
    if (recorded && recorded.state.status !== 'absent' && recorded.state.organizationId === organizationId)
      return;
    throw new AppError('NOT_FOUND', 'API_KEY_UNKNOWN');
  }
}
