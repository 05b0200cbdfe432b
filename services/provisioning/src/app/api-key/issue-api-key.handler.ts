import type { EventMetadata } from '@gatehouse/event-store';
import { apiKeyId, AppError, Clock, Ids, type MemberId, type OrganizationId } from '@gatehouse/kernel';
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

/** Whose a key is to be: of a member by name, of whoever asks, or of nobody; undefined where it is not said. */
export type WantedHolder = { readonly memberId: MemberId } | 'caller' | 'nobody' | undefined;

export class IssueApiKeyCommand extends Command<ToldKey> {
  constructor(
    readonly metadata: EventMetadata,
    readonly manager: KeyManager,
    readonly wanted: Omit<WantedKey, 'memberId'>,
    readonly holder: WantedHolder,
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

  async execute({ metadata, manager, wanted, holder }: IssueApiKeyCommand): Promise<ToldKey> {
    const { organizationId, requestId } = metadata;
    const { reach } = wanted;
    await this.refuseUnknownReach(organizationId, reach);
    const memberId = await this.memberOf(metadata, holder);
    if (memberId !== undefined) await this.holders.assertMayHold(organizationId, memberId, reach);
    const id = apiKeyId(this.ids.derive('key', organizationId, requestId));
    const seed = this.ids.derive('seed', organizationId, requestId);
    const minted = this.mint.mint(id);
    const at = this.clock.now();
    const asked = { manager, apiKeyId: id, organizationId, seed, at };
    const command = { type: 'IssueApiKey', ...wanted, memberId, ...asked, ...minted.kept } as const;
    return toldKey(await this.keys.decide(id, command, { metadata }), minted, at);
  }

  /** A member's key issues keys of that member, unless it says otherwise. REFUSED `CALLER_IS_NO_MEMBER`. */
  private async memberOf({ actor }: EventMetadata, holder: WantedHolder): Promise<MemberId | undefined> {
    if (typeof holder === 'object') return holder.memberId;
    if (holder === 'nobody') return undefined;
    const calling = actor.kind === 'apiKey' ? (await this.keys.find(actor.id))?.state : undefined;
    const memberId = calling && calling.status !== 'absent' ? calling.memberId : undefined;
    if (memberId === undefined && holder === 'caller') throw new AppError('REFUSED', 'CALLER_IS_NO_MEMBER');
    return memberId;
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
