import { Consents } from '@gatehouse/approval';
import { type Decision, type EventMetadata, isSameRequest, type RecordedEvent } from '@gatehouse/event-store';
import { AppError, Ids, type WorkspaceId } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import type { BulkOutcome } from '../../domain/bulk-provision/bulk-provision.events';
import type { ApplyProvision } from '../../domain/provision/apply-provision';
import { ownMetadata } from '../own-metadata';
import { ProvisionNaming } from '../provision/provision-naming';
import { provisionIdOf } from '../provision/provision-maker';
import { ProvisionStreams } from '../provision/provision-streams';
import { WorkspaceStreams } from '../workspace/workspace-streams';
import type { OpenBulk } from './bulk-provision.ports';

/** Carries a bulk provision to workspaces, to many of them for little more than to one. */
@Injectable()
export class BulkTurnTaker {
  constructor(
    private readonly provisions: ProvisionStreams,
    private readonly workspaces: WorkspaceStreams,
    private readonly naming: ProvisionNaming,
    private readonly ids: Ids,
    private readonly consents: Consents,
  ) {}

  /**
   * The same outcomes however often they are asked for, in the order of the workspaces. What may yet succeed is an error.
   * Each workspace once.
   */
  async take(
    bulk: OpenBulk,
    workspaceIds: readonly WorkspaceId[],
  ): Promise<readonly PromiseSettledResult<BulkOutcome>[]> {
    const metadata = metadataOf(bulk, 'ApplyProvision', `bulk-${bulk.bulkId}`);
    const seed = this.ids.derive('seed', bulk.organizationId, metadata.requestId);
    const commands = workspaceIds.map((workspaceId) => applying(bulk, workspaceId, seed));
    const ended = await this.endedBefore(metadata, commands);
    const open = commands.filter(({ workspaceId }) => !ended.has(workspaceId));
    const named = await this.naming.prepareEach(metadata, open);
    const ready = open.filter((_, index) => named[index]?.status === 'fulfilled');
    const applied = await this.apply(metadata, ready);
    // Whoever else has made one meanwhile calls it.
    const kept = named.filter((naming) => naming.status === 'fulfilled');
    for (const [index, { value: takeBack }] of kept.entries()) {
      const change = applied[index];
      if (change?.status === 'fulfilled' && change.value !== 'made') await takeBack();
    }
    let next = 0;
    const changes = new Map(
      named.map((naming, index) => [
        open[index]?.workspaceId,
        naming.status === 'rejected' ? naming : applied[next++],
      ]),
    );
    return workspaceIds.map((id) => outcomeOf(id, ended.has(id) ? ARCHIVED : changes.get(id)));
  }

  /** Workspaces that were archived before they had their turn: one that was cut off after it has what it has. */
  private async endedBefore(
    asked: EventMetadata,
    commands: readonly ApplyProvision[],
  ): Promise<ReadonlySet<WorkspaceId>> {
    const archived = await this.workspaces.archivedAmong(commands.map(({ workspaceId }) => workspaceId));
    const late = commands.filter(({ workspaceId }) => archived.has(workspaceId));
    const touched = await this.provisions.knownOfEach(
      late.map(({ provisionId }) => provisionId),
      (recorded) => recorded.some(isOf(asked)),
    );
    const untouched = late.filter(({ provisionId }) => !touched.get(provisionId));
    return new Set(untouched.map(({ workspaceId }) => workspaceId));
  }

  private async apply(
    metadata: EventMetadata,
    commands: readonly ApplyProvision[],
  ): Promise<readonly PromiseSettledResult<Change>[]> {
    const addressed = commands.map((command) => ({ id: command.provisionId, command }));
    const answers = await this.consents.within({ kind: 'judged' }, () =>
      this.provisions.recordEach(addressed, { metadata }),
    );
    const done = commands.filter((_, index) => isRepeated(answers[index]));
    const changes = await this.provisions.knownOfEach(
      done.map(({ provisionId }) => provisionId),
      (recorded) => changeBy(metadata, recorded),
    );
    return answers.map((answer, index) => {
      if (answer.status === 'rejected') return answer;
      const before = changes.get(commands[index]?.provisionId ?? '') ?? 'unchanged';
      return { status: 'fulfilled', value: isRepeated(answer) ? before : changeOf(answer.value) };
    });
  }
}

const applying = (
  { organizationId, integrationId, limits, models, existing, expiresAt }: OpenBulk,
  workspaceId: WorkspaceId,
  seed: string,
): ApplyProvision => {
  const provisionId = provisionIdOf(organizationId, { workspaceId, integrationId });
  const about = { provisionId, organizationId, workspaceId, integrationId };
  return { type: 'ApplyProvision', ...about, limits, models, existing, expiresAt, seed };
};

type Change = 'made' | 'changed' | 'unchanged';

const ARCHIVED: PromiseRejectedResult = {
  status: 'rejected',
  reason: new AppError('REFUSED', 'WORKSPACE_ARCHIVED'),
};

const outcomeOf = (
  workspaceId: WorkspaceId,
  change: PromiseSettledResult<Change> | undefined,
): PromiseSettledResult<BulkOutcome> => {
  if (change?.status === 'fulfilled') {
    return { status: 'fulfilled', value: { workspaceId, kind: change.value } };
  }
  const error: unknown = change?.reason;
  return error instanceof AppError && !mayYetSucceed(error)
    ? { status: 'fulfilled', value: { workspaceId, kind: 'refused', reason: error.reason } }
    : { status: 'rejected', reason: error };
};

/** The store is away, or another was quicker by a moment. */
const mayYetSucceed = ({ code, reason }: AppError): boolean =>
  code === 'UNAVAILABLE' || (code === 'CONFLICT' && reason !== 'PROVISION_SLUG_TAKEN');

const isRepeated = (answer: PromiseSettledResult<Decision<unknown>> | undefined): boolean =>
  answer?.status === 'fulfilled' && answer.value.repeated;

const changeOf = ({ revision, events }: Decision<unknown>): Change => {
  if (events === 0) return 'unchanged';
  return revision === BigInt(events - 1) ? 'made' : 'changed';
};

const isOf =
  (asked: EventMetadata) =>
  ({ metadata }: RecordedEvent): boolean =>
    isSameRequest(metadata, asked);

/** Read from the log, so that a repetition tells what the first time did. */
const changeBy = (asked: EventMetadata, recorded: readonly RecordedEvent[]): Change => {
  const own = recorded.filter(isOf(asked));
  if (own.length === 0) return 'unchanged';
  return own.some(({ revision }) => revision === 0n) ? 'made' : 'changed';
};

/** Of what a bulk provision brings about. */
export const metadataOf = (
  { organizationId, reason, correlationId, causationId }: OpenBulk,
  command: string,
  requestId: string,
): EventMetadata => ownMetadata({ organizationId, command, requestId, reason, correlationId, causationId });
