import type { auditV1 } from '@gatehouse/proto-gen';
import { shownIn } from '../adapters/grpc/shown-in';
import { type Names, toRestActor } from '../actors/named-actors';
import { timeOrNull } from '../rest/or-null';
import type { HistoryChangeAnswer } from './history.schema';

/** A change without what it is of. What is empty from then on is not in its data, and told by what was before. */
export const toRestChange = (
  { event, beforeJson, beforeUnknown }: auditV1.Change,
  names: Names,
): Omit<HistoryChangeAnswer, 'workspace_id' | 'integration_id' | 'api_key_id'> => {
  const shown = shownIn(event);
  const before = JSON.parse(beforeJson) as Readonly<Record<string, unknown>>;
  const after = JSON.parse(shown.dataJson) as Readonly<Record<string, unknown>>;
  return {
    id: shown.id,
    position: shown.position,
    at: timeOrNull(shown.recordedAt),
    type: shown.type,
    stream: shown.stream,
    actor: toRestActor(shown.actor, names),
    reason: shown.reason || null,
    request_id: shown.requestId,
    changes: [...new Set([...Object.keys(after), ...Object.keys(before)])].map((field) => ({
      field,
      before: Object.hasOwn(before, field) ? before[field] : null,
      after: Object.hasOwn(after, field) ? after[field] : null,
    })),
    before_unknown: beforeUnknown,
    object: 'change',
  };
};
