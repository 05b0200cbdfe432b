import { AppError, Clock, type OrganizationId } from '@gatehouse/kernel';
import type { SealedCredential } from '@gatehouse/sealing';
import { Injectable } from '@nestjs/common';
import { type Draft, type DraftId, isExpired } from '../../domain/draft/draft';
import { CredentialVault } from '../integration/integration.ports';
import { Drafts } from './draft.ports';

/** Drafts whose time is not up, as they are used. */
@Injectable()
export class OpenDrafts {
  constructor(
    private readonly drafts: Drafts,
    private readonly vault: CredentialVault,
    private readonly clock: Clock,
  ) {}

  /** Errors: NOT_FOUND `DRAFT_UNKNOWN`, for another organization's and for an expired one as for none. */
  async get(organizationId: OrganizationId, id: DraftId): Promise<Draft> {
    const draft = await this.drafts.find(organizationId, id);
    if (draft === undefined || isExpired(draft, this.clock.now())) throw unknown();
    return draft;
  }

  /** With its credential. Errors: as of `get`. */
  async withCredential(
    organizationId: OrganizationId,
    id: DraftId,
  ): Promise<{ readonly draft: Draft; readonly sealed: SealedCredential }> {
    const draft = await this.get(organizationId, id);
    const sealed = await this.vault.find(draft.secretId);
    if (sealed === undefined) throw unknown();
    return { draft, sealed };
  }

  async list(organizationId: OrganizationId): Promise<readonly Draft[]> {
    const now = this.clock.now();
    return (await this.drafts.list(organizationId)).filter((draft) => !isExpired(draft, now));
  }
}

const unknown = (): AppError => new AppError('NOT_FOUND', 'DRAFT_UNKNOWN');
