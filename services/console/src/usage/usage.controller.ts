import { fromGrpcError } from '@gatehouse/grpc';
import { meteringV1 } from '@gatehouse/proto-gen';
import { Controller, StreamableFile } from '@nestjs/common';
import { Readable } from 'node:stream';
import { integrationNamesOf, keyNamesById, type Names, workspaceNamesOf } from '../actors/named-actors';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { instantIn } from '../integrations/own-integration-conversion';
import type { Asked } from '../rest/asked';
import type { AnswerOf } from '../rest/route';
import { AskedOf, Serves } from '../rest/serves.decorator';
import { workspaceIdOf } from '../named-workspace/named-workspace';
import { toRestUsageRow } from './usage-conversion';
import * as routes from './usage.routes';
import { USAGE_DIMENSIONS, USAGE_INTERVALS, USAGE_OUTCOMES } from './usage.schema';

const FORMATS = {
  csv: { format: meteringV1.UsageFormat.CSV, type: 'text/csv; charset=utf-8' },
  jsonl: { format: meteringV1.UsageFormat.JSONL, type: 'application/jsonl' },
} as const;
const NAMED_MAX = 200;

@Controller()
export class UsageController {
  @Serves(routes.getUsage)
  async usage(
    @AskedOf() { query, control }: Asked<typeof routes.getUsage>,
  ): Promise<AnswerOf<typeof routes.getUsage>> {
    const { workspace_id: workspace } = query;
    const { rows } = await control.usage.getUsage(
      meteringV1.GetUsageRequest.fromPartial({
        groupBy: query.group_by.map(USAGE_DIMENSIONS.valueOf),
        every: query.every && USAGE_INTERVALS.valueOf(query.every),
        ...{ from: instantIn(query.from), to: instantIn(query.to) },
        workspaceId: workspace === '' ? '' : await workspaceIdOf(control, workspace),
        ...{ integrationId: query.integration_id, provisionId: query.provision_id },
        ...{ apiKeyId: query.api_key_id, provider: query.provider, model: query.model, user: query.user },
        outcome: query.outcome && USAGE_OUTCOMES.valueOf(query.outcome),
        ...{ metadataKey: query.metadata_key, latency: query.latency },
      }),
    );
    const names = Object.fromEntries(await namesIn(control, rows));
    return { object: 'usage', rows: rows.map(toRestUsageRow), names };
  }

  @Serves(routes.exportUsage)
  async export(
    @AskedOf() { query, control }: Asked<typeof routes.exportUsage>,
  ): Promise<AnswerOf<typeof routes.exportUsage>> {
    const { month, workspace_id: workspace } = query;
    const { format, type } = FORMATS[query.format];
    const workspaceId = workspace === '' ? '' : await workspaceIdOf(control, workspace);
    const lines = control.usage.exportUsage({ workspaceId, month, format });
    return new StreamableFile(await begun(lines), {
      type,
      disposition: `attachment; filename="usage-${month}.${query.format}"`,
    });
  }
}

const namesIn = async (control: ControlPlane, rows: readonly meteringV1.UsageRow[]): Promise<Names> => {
  const first = (id: (row: meteringV1.UsageRow) => string) => [...new Set(rows.map(id))].slice(0, NAMED_MAX);
  const names = await Promise.all([
    workspaceNamesOf(
      control,
      first(({ workspaceId }) => workspaceId),
    ),
    integrationNamesOf(
      control,
      first(({ integrationId }) => integrationId),
    ),
    keyNamesById(
      control,
      first(({ apiKeyId }) => apiKeyId),
    ),
  ]);
  return new Map(names.flatMap((some) => [...some]));
};

/** The text, once there is some: until then a refusal is one. Whoever stops reading stops the service's sending. */
const begun = async (lines: AsyncIterable<meteringV1.ExportUsageResponse>): Promise<Readable> => {
  const iterator = lines[Symbol.asyncIterator]();
  let next: IteratorResult<meteringV1.ExportUsageResponse>;
  try {
    next = await iterator.next();
  } catch (error) {
    throw fromGrpcError(error as Parameters<typeof fromGrpcError>[0]);
  }
  const texts = async function* () {
    try {
      for (; !next.done; next = await iterator.next()) yield next.value.data;
    } finally {
      await iterator.return?.();
    }
  };
  return Readable.from(texts());
};
