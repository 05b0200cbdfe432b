import type { Actor, EventMetadata } from '@gatehouse/event-store';
import type { OrganizationId } from '@gatehouse/kernel';

/** Who records what nobody asks for at that moment. */
export const PROVISIONING: Actor = { kind: 'service', id: 'provisioning', address: '' };

/** A step of a process manager. What is not said to follow from anything begins a chain of its own. */
export interface OwnStep {
  readonly organizationId: OrganizationId;
  readonly command: string;
  /** The same for a repetition. */
  readonly requestId: string;
  readonly reason?: string;
  readonly correlationId?: string;
  readonly causationId?: string;
}

export const ownMetadata = ({
  requestId,
  reason = '',
  correlationId = requestId,
  causationId = '',
  ...step
}: OwnStep): EventMetadata => ({
  ...step,
  actor: PROVISIONING,
  reason,
  requestId,
  correlationId,
  causationId,
});
