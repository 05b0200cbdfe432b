import { EventStore, Streams } from '@gatehouse/event-store';
import { type ApiKeyId, Ids, type OrganizationId } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import { type ApiKeyCommand, apiKeyDecider, type ApiKeyState } from '../../domain/api-key/api-key';
import type { ApiKeyEvent } from '../../domain/api-key/api-key.events';
import type { KeyManager } from '../../domain/api-key/key-manager';
import { ownedKey } from '../../domain/api-key/owned-key';
import { EventCodecs } from '../event-codecs.ports';

@Injectable()
export class ApiKeyStreams extends Streams<ApiKeyCommand, ApiKeyState, ApiKeyEvent> {
  constructor(store: EventStore, codecs: EventCodecs, ids: Ids) {
    super(store, 'apikey-', { decider: apiKeyDecider, codec: codecs.apiKey }, ids);
  }

  /** NOT_FOUND `API_KEY_UNKNOWN`, also for another organization's, and for one that the manager does not see. */
  async owned(organizationId: OrganizationId, manager: KeyManager, id: ApiKeyId): Promise<void> {
    const recorded = await this.find(id);
    ownedKey({ organizationId, manager }, recorded?.state ?? apiKeyDecider.initial);
  }
}
