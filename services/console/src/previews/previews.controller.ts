import { Controller } from '@nestjs/common';
import { known } from '../integrations/named-integration';
import type { Asked } from '../rest/asked';
import type { AnswerOf } from '../rest/route';
import { AskedOf, Serves } from '../rest/serves.decorator';
import {
  fromRestPreviewed,
  toldIn,
  toRestHitProvision,
  toRestModelsReplay,
  toRestPreview,
} from './preview-conversion';
import * as routes from './preview.routes';
import { INTEGRATION_CHANGES } from './preview.schema';

@Controller()
export class PreviewsController {
  @Serves(routes.previewChange)
  async preview(
    @AskedOf() { body, control, requestId }: Asked<typeof routes.previewChange>,
  ): Promise<AnswerOf<typeof routes.previewChange>> {
    const command = { command: fromRestPreviewed(body, requestId) };
    return toRestPreview(await control.previews.previewCommand({ command, ...toldIn(body) }));
  }

  @Serves(routes.previewIntegrationChange)
  async previewIntegration(
    @AskedOf() { path, query, control }: Asked<typeof routes.previewIntegrationChange>,
  ): Promise<AnswerOf<typeof routes.previewIntegrationChange>> {
    const { id: integrationId } = await known(control, path.integration);
    const change = INTEGRATION_CHANGES.valueOf(query.change);
    const page = { pageSize: query.page_size, pageToken: query.page_token, atLeastPosition: '' };
    const answer = await control.previews.previewIntegrationChange({ integrationId, change, ...page });
    return {
      ...{ object: 'list', total: answer.totalSize, data: answer.provisions.map(toRestHitProvision) },
      next_page_token: answer.nextPageToken || null,
      needs_approval: answer.needsApproval,
    };
  }

  @Serves(routes.previewIntegrationModels)
  async previewModels(
    @AskedOf() { path, body, control }: Asked<typeof routes.previewIntegrationModels>,
  ): Promise<AnswerOf<typeof routes.previewIntegrationModels>> {
    const { id: integrationId } = await known(control, path.integration);
    const { only = [], without = [] } = body;
    const asked = { integrationId, only, without, ...toldIn(body), atLeastPosition: '' };
    const { models } = await control.previews.previewIntegrationModels(asked);
    return { usage: models ? toRestModelsReplay(models) : null, object: 'models-preview' };
  }
}
