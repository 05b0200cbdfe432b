import type { ProposalState } from './proposal';
import type { ChangeProposed, ProposalEvent } from './proposal.events';

export interface ProposeChange extends Omit<ChangeProposed, 'type' | 'expiresAt'> {
  readonly type: 'ProposeChange';
  readonly at: Date;
}

/** So long a proposal is open. */
const OPEN_MS = 7 * 24 * 3_600_000;

/** What was proposed stays as it was, whatever became of it. */
export const proposeChange = (
  { type: _type, at, ...proposed }: ProposeChange,
  proposal: ProposalState,
): readonly ProposalEvent[] =>
  proposal.status === 'absent'
    ? [{ type: 'ChangeProposed', ...proposed, expiresAt: new Date(at.getTime() + OPEN_MS) }]
    : [];
