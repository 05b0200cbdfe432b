import type { EventMetadata } from '@gatehouse/event-store';
import { apiKeyId, AppError, Clock, Ids, type OrganizationId } from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type KeyReach, workspaceOfReach } from '../../domain/api-key/api-key.events';
import type { WantedKey } from '../../domain/api-key/issue-api-key';
import type { KeyManager } from '../../domain/api-key/key-manager';
import { OrganizationStreams } from '../organization/organization-streams';
import { KeyHolders } from '../roster/key-holders';
import { WorkspaceStreams } from '../workspace/workspace-streams';
import { ApiKeyMint } from './api-key.ports';
import { ApiKeyStreams } from './api-key-streams';
import { type ToldKey, toldKey } from './told-key';

export class IssueApiKeyCommand extends Command<ToldKey> {
  constructor(
    readonly metadata: EventMetadata,
    readonly manager: KeyManager,
    readonly wanted: WantedKey,
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
    private readonly clock: Clock,
  ) {}

  async execute({ metadata, manager, wanted }: IssueApiKeyCommand): Promise<ToldKey> {
    const { organizationId, requestId } = metadata;
    await this.refuseUnknownReach(organizationId, wanted.reach);
    const { memberId, reach } = wanted;
    if (memberId !== undefined) await this.holders.assertMayHold(organizationId, memberId, reach);
    const id = apiKeyId(this.ids.derive('key', organizationId, requestId));
    const seed = this.ids.derive('seed', organizationId, requestId);
    const minted = this.mint.mint(id);
    const at = this.clock.now();
    const asked = { manager, apiKeyId: id, organizationId, seed, at };
    const command = { type: 'IssueApiKey', ...wanted, ...asked, ...minted.kept } as const;
    return toldKey(await this.keys.decide(id, command, { metadata }), minted, at);
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
