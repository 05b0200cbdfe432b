import { Approvals, GuardedStreams } from '@gatehouse/approval';
import { type EventMetadata, EventStore, type Revision } from '@gatehouse/event-store';
import { type ApiKeyId, AppError, Ids, type OrganizationId } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import type { ApiKeyState, IssuedKey } from '../../domain/api-key/api-key';
import { type ApiKeyCommand, apiKeyDecider } from '../../domain/api-key/api-key.decider';
import { type ApiKeyEvent, workspaceOfReach } from '../../domain/api-key/api-key.events';
import type { KeyManager } from '../../domain/api-key/key-manager';
import { ownedKey } from '../../domain/api-key/owned-key';
import { apiKeyLetsMore } from '../../domain/api-key/api-key-lets-more';
import { EventCodecs } from '../event-codecs.ports';
import { WorkspaceStreams } from '../workspace/workspace-streams';

/** Which key a command is about, and who gives it. */
export interface KeyTarget {
  readonly metadata: EventMetadata;
  readonly manager: KeyManager;
  readonly apiKeyId: ApiKeyId;
  readonly expectedRevision?: Revision | undefined;
}

@Injectable()
export class ApiKeyStreams extends GuardedStreams<ApiKeyCommand, ApiKeyState, ApiKeyEvent> {
  constructor(
    store: EventStore,
    codecs: EventCodecs,
    ids: Ids,
    approvals: Approvals,
    private readonly workspaces: WorkspaceStreams,
  ) {
    super(store, 'apikey-', { decider: apiKeyDecider, codec: codecs.apiKey }, ids, {
      approvals,
      letsMore: apiKeyLetsMore,
    });
  }

  /**
   * NOT_FOUND `API_KEY_UNKNOWN`, also for another organization's, and for one that the manager does not see. To be asked
   * before request ids are compared: another organization must not learn that a key exists.
   */
  async owned({ metadata: { organizationId }, manager, apiKeyId }: KeyTarget): Promise<IssuedKey> {
    const recorded = await this.find(apiKeyId);
    return ownedKey({ organizationId, manager }, recorded?.state ?? apiKeyDecider.initial);
  }

  /** One that may be given something new: REFUSED `WORKSPACE_ARCHIVED`, beside the refusals of `owned`. */
  async active(target: KeyTarget): Promise<void> {
    const { organizationId, reach } = await this.owned(target);
    const workspaceId = workspaceOfReach(reach);
    if (workspaceId !== undefined) await this.workspaces.active(organizationId, workspaceId);
  }

  /** NOT_FOUND `API_KEY_UNKNOWN`, also for another organization's. */
  async assertOf(organizationId: OrganizationId, id: ApiKeyId): Promise<void> {
    const key = (await this.find(id))?.state;
    if (key === undefined || key.status === 'absent' || key.organizationId !== organizationId)
      throw new AppError('NOT_FOUND', 'API_KEY_UNKNOWN');
  }
}
