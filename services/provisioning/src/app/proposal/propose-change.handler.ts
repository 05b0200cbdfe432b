import type { EventMetadata } from '@gatehouse/event-store';
import {
  type AccessScope,
  apiKeyId,
  AppError,
  Clock,
  Ids,
  type JudgedStream,
  proposalId,
} from '@gatehouse/kernel';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { KnownProposal } from '../../domain/proposal/proposal';
import type { ProposedCommand } from '../../domain/proposal/proposal.events';
import { ApiKeyStreams } from '../api-key/api-key-streams';
import { PeopleBehind } from './people-behind';
import { ProposalStreams } from './proposal-streams';

export interface WantedProposal {
  readonly command: ProposedCommand;
  readonly judged: JudgedStream;
  readonly scopes: readonly AccessScope[];
}

export class ProposeChangeCommand extends Command<KnownProposal> {
  constructor(
    /** Its actor is the key that proposes, its request id that of the command that is proposed. */
    readonly metadata: EventMetadata,
    readonly wanted: WantedProposal,
    /** Whether what was proposed by the same request was this. */
    readonly isRepetition: (known: ProposedCommand) => boolean = (known) => known === wanted.command,
  ) {
    super();
  }
}

/** The same request is the same proposal. NOT_FOUND `API_KEY_UNKNOWN`; CONFLICT `REQUEST_ID_REUSED`. */
@CommandHandler(ProposeChangeCommand)
export class ProposeChangeHandler implements ICommandHandler<ProposeChangeCommand> {
  constructor(
    private readonly proposals: ProposalStreams,
    private readonly keys: ApiKeyStreams,
    private readonly people: PeopleBehind,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  async execute({ metadata, wanted, isRepetition }: ProposeChangeCommand): Promise<KnownProposal> {
    const { organizationId, requestId, actor } = metadata;
    await this.keys.assertOf(organizationId, apiKeyId(actor.id));
    const id = proposalId(this.ids.derive('prp', organizationId, requestId));
    const command = {
      type: 'ProposeChange',
      proposalId: id,
      organizationId,
      ...wanted,
      behind: await this.people.key(actor.id),
      at: this.clock.now(),
    } as const;
    // By an id of its own, so that a repetition is held against what was proposed.
    const { state } = await this.proposals.decide(id, command, { metadata: { ...metadata, requestId: id } });
    if (state.status === 'absent') throw new Error(`${id} was not proposed`);
    if (isRepetition(state.command)) return state;
    throw new AppError('CONFLICT', 'REQUEST_ID_REUSED');
  }
}
