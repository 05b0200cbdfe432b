import { type ApiKeyId, AppError, Clock, type OrganizationId } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import type { IssuedKey } from '../../domain/api-key/api-key';
import { workspaceOfReach } from '../../domain/api-key/api-key.events';
import { ApiKeyStreams } from '../api-key/api-key-streams';
import { WorkspaceStreams } from '../workspace/workspace-streams';

/** Keys that somebody may sign in with, as the log has them now. */
@Injectable()
export class SigningKeys {
  constructor(
    private readonly keys: ApiKeyStreams,
    private readonly workspaces: WorkspaceStreams,
    private readonly clock: Clock,
  ) {}

  /**
   * NOT_FOUND `API_KEY_UNKNOWN`, also for another organization's; REFUSED `KEY_SIGNS_NOBODY_IN` where it has ended, or calls models
   * alone.
   */
  async find(organizationId: OrganizationId, id: ApiKeyId): Promise<IssuedKey> {
    const key = (await this.keys.find(id))?.state;
    if (key === undefined || key.status === 'absent' || key.organizationId !== organizationId)
      throw new AppError('NOT_FOUND', 'API_KEY_UNKNOWN');
    const ended = key.status === 'revoked' || (key.expiresAt && key.expiresAt <= this.clock.now());
    if (ended || key.reach.role === 'workspaceMember') throw new AppError('REFUSED', 'KEY_SIGNS_NOBODY_IN');
    const workspaceId = workspaceOfReach(key.reach);
    if (workspaceId !== undefined) await this.workspaces.active(organizationId, workspaceId);
    return key;
  }
}
