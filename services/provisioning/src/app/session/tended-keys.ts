import { type ApiKeyId, type OrganizationId } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import { apiKeyDecider } from '../../domain/api-key/api-key.decider';
import { demandKeyScope, type KeyManager, refuseAbove } from '../../domain/api-key/key-manager';
import { ownedKey } from '../../domain/api-key/owned-key';
import { ApiKeyStreams } from '../api-key/api-key-streams';

/** Whose sessions somebody asks about. */
export interface SessionsTarget {
  readonly organizationId: OrganizationId;
  readonly apiKeyId: ApiKeyId;
  /** Undefined for whoever asks about its own. */
  readonly manager: KeyManager | undefined;
}

/** Keys whose sessions are somebody else's to tend. */
@Injectable()
export class TendedKeys {
  constructor(private readonly keys: ApiKeyStreams) {}

  /**
   * Who may do something to a key may do it to its sessions. NOT_FOUND `API_KEY_UNKNOWN`, also for another organization's or workspace's; FORBIDDEN
   * `SCOPE_MISSING`, `KEY_ABOVE_CALLER`.
   */
  async demand(
    { organizationId, apiKeyId, manager }: SessionsTarget,
    action: 'read' | 'delete',
  ): Promise<void> {
    if (manager === undefined) return;
    const state = (await this.keys.find(apiKeyId))?.state ?? apiKeyDecider.initial;
    const key = ownedKey({ organizationId, manager }, state);
    demandKeyScope(manager, key, action);
    refuseAbove(manager, key.reach);
  }
}
