import { EventStore, type Intended, readState, type StoredEvent } from '@gatehouse/event-store';
import { AppError, Clock, type OrganizationId } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import type { LetsMore } from '../../domain/approval/lets-more';
import { organizationDecider } from '../../domain/organization/organization';
import type { JudgedStream } from '../../domain/proposal/proposal.events';
import { EventCodecs } from '../event-codecs.ports';
import { Consents } from './consents.ports';

/** REFUSED `APPROVAL_REQUIRED`: a command that becomes a proposal where a person has given it. */
export class ApprovalRequired extends AppError {
  constructor(readonly judged: JudgedStream) {
    super('REFUSED', 'APPROVAL_REQUIRED');
  }
}

/** What would have been recorded, as it is stored. */
export interface PreviewedChange {
  readonly events: readonly (StoredEvent & { readonly stream: string })[];
  readonly letsMore: boolean;
}

/** Thrown where events would be appended that are only to be known. */
export class Previewed extends AppError {
  constructor(readonly change: PreviewedChange) {
    super('REFUSED', 'PREVIEWED');
  }
}

/** Holds what lets more be spent or called against what the organization wants of it. */
@Injectable()
export class Approvals {
  constructor(
    private readonly store: EventStore,
    private readonly codecs: EventCodecs,
    private readonly clock: Clock,
    readonly consents: Consents,
  ) {}

  /**
   * `Previewed` within a preview; REFUSED `APPROVAL_REQUIRED` for a change that lets more and that nobody has consented to; CONFLICT `REVISION_MISMATCH`
   * where what was consented to has changed since.
   */
  async judge<State, Event>(
    intended: Intended<State, Event>,
    letsMore: LetsMore<State, Event>,
    encode: (event: Event) => StoredEvent,
  ): Promise<void> {
    const consent = this.consents.current;
    if (consent?.kind === 'judged') return;
    const more = letsMore({ ...intended, at: this.clock.now() });
    if (consent?.kind === 'preview') {
      const { stream, events } = intended;
      throw new Previewed({ events: events.map((event) => ({ ...encode(event), stream })), letsMore: more });
    }
    if (!more) return;
    const judged = { name: intended.stream, revision: intended.revision };
    if (consent?.kind === 'approved' && consent.judged.name === judged.name) {
      if (consent.judged.revision === judged.revision) return;
      throw new AppError('CONFLICT', 'REVISION_MISMATCH');
    }
    if (await this.requiredBy(intended.metadata.organizationId)) throw new ApprovalRequired(judged);
  }

  /** As the log has it at this moment: no projection has to be right for a change to be refused. */
  async requiredBy(organizationId: OrganizationId): Promise<boolean> {
    const aggregate = { decider: organizationDecider, codec: this.codecs.organization };
    const { state } = await readState(this.store, `organization-${organizationId}`, aggregate);
    return state.status === 'created' && state.approvalRequired;
  }
}
