import type { EventMetadata } from '@gatehouse/event-store';
import {
  apiKeyId,
  AppError,
  Ids,
  type LimitSpec,
  type MemberId,
  type OrganizationId,
} from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type KeyReach, workspaceOfReach } from '../../domain/api-key/api-key.events';
import type { KeyManager } from '../../domain/api-key/key-manager';
import type { Answered } from '../answered';
import { OrganizationStreams } from '../organization/organization-streams';
import { KeyHolders } from '../roster/key-holders';
import { WorkspaceStreams } from '../workspace/workspace-streams';
import { ApiKeyMint } from './api-key.ports';
import { ApiKeyStreams } from './api-key-streams';
import { type ApiKeyView, apiKeyView } from './api-key.view';

export interface IssuedKey extends Answered<ApiKeyView> {
  /** The key itself; empty where an earlier call with the same request id was told it. */
  readonly secret: string;
}

export class IssueApiKeyCommand extends Command<IssuedKey> {
  constructor(
    readonly metadata: EventMetadata,
    readonly manager: KeyManager,
    readonly reach: KeyReach,
    readonly name: string,
    /** Undefined for a key of a service. */
    readonly memberId: MemberId | undefined,
    readonly limits: readonly LimitSpec[],
  ) {
    super();
  }
}

@CommandHandler(IssueApiKeyCommand)
export class IssueApiKeyHandler implements ICommandHandler<IssueApiKeyCommand> {
  constructor(
    private readonly keys: ApiKeyStreams,
    private readonly organizations: OrganizationStreams,
    private readonly workspaces: WorkspaceStreams,
    private readonly holders: KeyHolders,
    private readonly mint: ApiKeyMint,
    private readonly ids: Ids,
  ) {}

  async execute({
    metadata,
    manager,
    reach,
    name,
    memberId,
    limits,
  }: IssueApiKeyCommand): Promise<IssuedKey> {
    const { organizationId, requestId } = metadata;
    await this.refuseUnknownReach(organizationId, reach);
    if (memberId !== undefined) await this.holders.assertMayHold(organizationId, memberId, reach);
    const id = apiKeyId(this.ids.derive('key', organizationId, requestId));
    const { secret, hash, pepperId } = this.mint.mint(id);
    const seed = this.ids.derive('seed', organizationId, requestId);
    const answer = await this.keys.decide(
      id,
      {
        type: 'IssueApiKey',
        manager,
        apiKeyId: id,
        organizationId,
        reach,
        name,
        memberId,
        limits,
        hash,
        pepperId,
        seed,
      },
      { metadata },
    );
    // Of two calls with one request id at the same moment both may have appended the same event, as far as the store
    // can tell: only the key whose hash the log holds is one.
    const ours = answer.state.status !== 'absent' && answer.state.hash === hash;
    return { view: apiKeyView(answer), position: answer.position, secret: ours ? secret : '' };
  }

  private async refuseUnknownReach(organizationId: OrganizationId, reach: KeyReach): Promise<void> {
    const workspaceId = workspaceOfReach(reach);
    if (workspaceId !== undefined) {
      await this.workspaces.active(organizationId, workspaceId);
    } else if (!(await this.organizations.find(organizationId))) {
      throw new AppError('NOT_FOUND', 'ORGANIZATION_UNKNOWN');
    }
  }
}
