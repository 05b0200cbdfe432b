import type { OrganizationId } from '@gatehouse/kernel';
import { Drafts } from '../app/draft/draft.ports';
import { type Draft, type DraftId, isExpired } from '../domain/draft/draft';

export class InMemoryDrafts extends Drafts {
  private readonly drafts = new Map<DraftId, Draft>();

  async keep(draft: Draft): Promise<void> {
    if (!this.drafts.has(draft.draftId)) this.drafts.set(draft.draftId, draft);
  }

  async find(organizationId: OrganizationId, id: DraftId): Promise<Draft | undefined> {
    const draft = this.drafts.get(id);
    return draft?.organizationId === organizationId ? draft : undefined;
  }

  async list(organizationId: OrganizationId): Promise<readonly Draft[]> {
    return [...this.drafts.values()].filter((draft) => draft.organizationId === organizationId);
  }

  async count(organizationId: OrganizationId): Promise<number> {
    return (await this.list(organizationId)).length;
  }

  async remove(id: DraftId): Promise<void> {
    this.drafts.delete(id);
  }

  async expiredBy(at: Date): Promise<readonly Draft[]> {
    return [...this.drafts.values()].filter((draft) => isExpired(draft, at));
  }
}
