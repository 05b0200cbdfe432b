import { AppError } from '@gatehouse/kernel';
import type { auditV1 } from '@gatehouse/proto-gen';
import { integrationNamesOf, keyNamesById, workspaceNamesOf } from '../actors/named-actors';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { eachOf } from '../rest/each-of';

type Data = Readonly<Record<string, unknown>>;

/** What a change is of, by its ids; null where it is of none. */
export interface Subject {
  readonly workspaceId: string | null;
  readonly integrationId: string | null;
  readonly apiKeyId: string | null;
}

/** What each of them is of, in their order, and what that is called now. What is gone has no name. */
export const subjectsOf = async (
  control: ControlPlane,
  events: readonly auditV1.Event[],
): Promise<{ readonly subjects: readonly Subject[]; readonly names: Readonly<Record<string, string>> }> => {
  const provisions = new Map<string, Subject>();
  const ids = new Set(events.flatMap(({ stream }) => idIn(stream, 'provision-') ?? []));
  await eachOf([...ids], async (id) => {
    const found = await provisionOf(control, id);
    if (found) provisions.set(id, found);
  });
  const subjects = events.map((event) => subjectOf(event, provisions));
  const idsOf = (of: (subject: Subject) => string | null) => subjects.flatMap((one) => of(one) ?? []);
  const named = await Promise.all([
    workspaceNamesOf(
      control,
      idsOf(({ workspaceId }) => workspaceId),
    ),
    integrationNamesOf(
      control,
      idsOf(({ integrationId }) => integrationId),
    ),
    keyNamesById(
      control,
      idsOf(({ apiKeyId }) => apiKeyId),
    ),
  ]);
  return { subjects, names: Object.fromEntries(named.flatMap((some) => [...some])) };
};

const subjectOf = (
  { stream, dataJson }: auditV1.Event,
  provisions: ReadonlyMap<string, Subject>,
): Subject => {
  const data = JSON.parse(dataJson) as Data;
  const said = (field: string) =>
    typeof data[field] === 'string' && data[field] !== '' ? data[field] : null;
  const provision = provisions.get(idIn(stream, 'provision-') ?? '');
  return {
    workspaceId: said('workspaceId') ?? provision?.workspaceId ?? null,
    integrationId: said('integrationId') ?? provision?.integrationId ?? null,
    apiKeyId: said('apiKeyId'),
  };
};

const idIn = (stream: string, prefix: string): string | undefined =>
  stream.startsWith(prefix) ? stream.slice(prefix.length) : undefined;

const provisionOf = async (control: ControlPlane, provisionId: string): Promise<Subject | undefined> => {
  try {
    const { provision } = await control.provisions.getProvision({ provisionId, atLeastPosition: '' });
    return (
      provision && {
        workspaceId: provision.workspaceId,
        integrationId: provision.integrationId,
        apiKeyId: null,
      }
    );
  } catch (error) {
    if (error instanceof AppError && (error.code === 'NOT_FOUND' || error.code === 'FORBIDDEN'))
      return undefined;
    throw error;
  }
};
