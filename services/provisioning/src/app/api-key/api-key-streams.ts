import { Approvals, GuardedStreams } from '@gatehouse/approval';
import { type EventMetadata, EventStore, type Revision } from '@gatehouse/event-store';
import { type ApiKeyId, AppError, Ids, type OrganizationId } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import { type ApiKeyCommand, apiKeyDecider, type ApiKeyState } from '../../domain/api-key/api-key';
import type { ApiKeyEvent } from '../../domain/api-key/api-key.events';
import type { KeyManager } from '../../domain/api-key/key-manager';
import { ownedKey } from '../../domain/api-key/owned-key';
import { apiKeyLetsMore } from '../../domain/api-key/api-key-lets-more';
import { EventCodecs } from '../event-codecs.ports';

/** Which key a command is about, and who gives it. */
export interface KeyTarget {
  readonly metadata: EventMetadata;
  readonly manager: KeyManager;
  readonly apiKeyId: ApiKeyId;
  readonly expectedRevision?: Revision | undefined;
}

@Injectable()
export class ApiKeyStreams extends GuardedStreams<ApiKeyCommand, ApiKeyState, ApiKeyEvent> {
  constructor(store: EventStore, codecs: EventCodecs, ids: Ids, approvals: Approvals) {
    super(store, 'apikey-', { decider: apiKeyDecider, codec: codecs.apiKey }, ids, {
      approvals,
      letsMore: apiKeyLetsMore,
    });
  }

  /**
   * NOT_FOUND `API_KEY_UNKNOWN`, also for another organization's, and for one that the manager does not see. To be asked
   * before request ids are compared: another organization must not learn that a key exists.
   */
  async owned({ metadata: { organizationId }, manager, apiKeyId }: KeyTarget): Promise<void> {
    const recorded = await this.find(apiKeyId);
    ownedKey({ organizationId, manager }, recorded?.state ?? apiKeyDecider.initial);
  }

  /** NOT_FOUND `API_KEY_UNKNOWN`, also for another organization's. */
  async assertOf(organizationId: OrganizationId, id: ApiKeyId): Promise<void> {
    const key = (await this.find(id))?.state;
    if (key === undefined || key.status === 'absent' || key.organizationId !== organizationId)
      throw new AppError('NOT_FOUND', 'API_KEY_UNKNOWN');
  }
}
