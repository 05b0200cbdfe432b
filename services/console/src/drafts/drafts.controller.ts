import { Controller } from '@nestjs/common';
import { shownIn } from '../adapters/grpc/shown-in';
import type { Asked } from '../rest/asked';
import { ALL_BY_DEFAULT, pageIn, pageOf } from '../rest/paging';
import type { AnswerOf } from '../rest/route';
import { AskedOf, Serves } from '../rest/serves.decorator';
import { fromRestSettings, toRestConnectionTest, toRestDraft, toRestLiveModels } from './draft-conversion';
import * as routes from './draft.routes';

@Controller()
export class DraftsController {
  @Serves(routes.createDraft)
  async create(
    @AskedOf() { body, control, requestId }: Asked<typeof routes.createDraft>,
  ): Promise<AnswerOf<typeof routes.createDraft>> {
    const { draft } = await control.drafts.createDraft({ requestId, ...fromRestSettings(body) });
    return toRestDraft(shownIn(draft));
  }

  @Serves(routes.listDrafts)
  async list(
    @AskedOf() { query, control }: Asked<typeof routes.listDrafts>,
  ): Promise<AnswerOf<typeof routes.listDrafts>> {
    const { drafts } = await control.drafts.listDrafts({});
    return { object: 'list', ...pageIn(drafts.map(toRestDraft), pageOf(query, ALL_BY_DEFAULT)) };
  }

  @Serves(routes.getDraft)
  async get(
    @AskedOf() { path, control }: Asked<typeof routes.getDraft>,
  ): Promise<AnswerOf<typeof routes.getDraft>> {
    const { draft } = await control.drafts.getDraft({ draftId: path.draft });
    return toRestDraft(shownIn(draft));
  }

  @Serves(routes.deleteDraft)
  async delete(
    @AskedOf() { path, query, control, requestId }: Asked<typeof routes.deleteDraft>,
  ): Promise<object> {
    await control.drafts.deleteDraft({ requestId, reason: query.reason, draftId: path.draft });
    return {};
  }

  @Serves(routes.testDraft)
  async test(
    @AskedOf() { path, control }: Asked<typeof routes.testDraft>,
  ): Promise<AnswerOf<typeof routes.testDraft>> {
    return toRestConnectionTest(
      await control.integrations.testConnection({ integrationId: '', draftId: path.draft }),
    );
  }

  @Serves(routes.listDraftModels)
  async models(
    @AskedOf() { path, control }: Asked<typeof routes.listDraftModels>,
  ): Promise<AnswerOf<typeof routes.listDraftModels>> {
    return toRestLiveModels(
      await control.integrations.listLiveModels({ integrationId: '', draftId: path.draft }),
    );
  }
}
