import type { Intended, StoredEvent } from '@gatehouse/event-store';
import {
  AppError,
  type Clock,
  type JudgedStream,
  type LetsMore,
  type OrganizationId,
} from '@gatehouse/kernel';
import type { Consents } from './consents';

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

/** By what the changes of a kind of stream are judged. */
interface Judging<State, Event> {
  readonly letsMore: LetsMore<State, Event>;
  readonly encode: (event: Event) => StoredEvent;
  /** Whether what is to be changed is as it was at that revision; undefined: before there was any. */
  readonly isAsJudged: (revision: JudgedStream['revision']) => Promise<boolean>;
}

/** Which organizations want a second admin for what lets more be spent or called. */
export abstract class ApprovalSettings {
  abstract requiredBy(organizationId: OrganizationId): Promise<boolean>;
}

/** Holds what lets more be spent or called against what the organization wants of it. */
export class Approvals {
  constructor(
    private readonly settings: ApprovalSettings,
    private readonly clock: Clock,
    readonly consents: Consents,
  ) {}

  /**
   * `Previewed` within a preview; REFUSED `APPROVAL_REQUIRED` for a change that lets more and that nobody has consented to; CONFLICT `REVISION_MISMATCH`
   * where that of it which was consented to has changed since.
   */
  async judge<State, Event>(
    intended: Intended<State, Event>,
    { letsMore, encode, isAsJudged }: Judging<State, Event>,
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
      if (await isAsJudged(consent.judged.revision)) return;
      throw new AppError('CONFLICT', 'REVISION_MISMATCH');
    }
    if (await this.requiredBy(intended.metadata.organizationId)) throw new ApprovalRequired(judged);
  }

  requiredBy(organizationId: OrganizationId): Promise<boolean> {
    return this.settings.requiredBy(organizationId);
  }
}
