import { randomUUID } from 'node:crypto';
import { AppError, invalidField } from '@gatehouse/kernel';
import { provisioningV1, type typeV1 } from '@gatehouse/proto-gen';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { shownIn } from '../adapters/grpc/shown-in';
import { againWhenOvertaken } from '../rest/again-when-overtaken';
import { workspaceIdOf } from '../named-workspace/named-workspace';
import type { PolicySubject } from './policy.schema';

export type Policy<Kind extends 'budget' | 'rateLimit'> = typeV1.Limit & {
  readonly kind: Extract<NonNullable<typeV1.Limit['kind']>, { $case: Kind }>;
};

interface Held {
  readonly limits: readonly typeV1.Limit[];
}

/** Of a limit that each key of a workspace has by its template: both ids, since nobody finds a workspace by the second. */
export const policyId = (workspaceId: string, { id }: Pick<typeV1.Limit, 'id'>): string =>
  `${workspaceId}.${id}`;

/** NOT_FOUND `LIMIT_UNKNOWN` for what is no such id. */
export const placeOfPolicy = (id: string): { readonly workspaceId: string; readonly limitId: string } => {
  const [, workspaceId = '', limitId = ''] = /^(ws_[0-9a-z]{26})\.(lim_[0-9a-z]{26})$/.exec(id) ?? [];
  if (workspaceId === '') throw unknown();
  return { workspaceId, limitId };
};

/** The workspace that a policy is about. INVALID where its condition says another than it does. */
export const workspaceOfPolicy = async (
  control: ControlPlane,
  { conditions, workspace_id: named }: Pick<PolicySubject, 'conditions' | 'workspace_id'>,
): Promise<string> => {
  const value = conditions[0]?.value ?? '';
  const workspaceId = await workspaceIdOf(control, typeof value === 'string' ? value : (value[0] ?? ''));
  if (named && (await workspaceIdOf(control, named)) !== workspaceId)
    throw invalidField('workspace_id', 'must be that of the condition');
  return workspaceId;
};

const holderOf = (workspaceId: string): provisioningV1.LimitHolder => ({
  holder: { $case: 'keysOfWorkspaceId', value: workspaceId },
});

export const templateOf = async (
  control: ControlPlane,
  workspaceId: string,
): Promise<provisioningV1.HeldLimits> => {
  const { limits } = await control.limits.getLimits({
    holder: holderOf(workspaceId),
    atLeastPosition: '',
  });
  return shownIn(limits);
};

export const policiesOf = <Kind extends 'budget' | 'rateLimit'>(
  { limits }: Held,
  kind: Kind,
): readonly Policy<Kind>[] => limits.filter((limit): limit is Policy<Kind> => limit.kind?.$case === kind);

/** NOT_FOUND `LIMIT_UNKNOWN`. */
export const policyIn = <Kind extends 'budget' | 'rateLimit'>(
  held: Held,
  kind: Kind,
  limitId: string,
): Policy<Kind> => {
  const policy = policiesOf(held, kind).find(({ id }) => id === limitId);
  if (!policy) throw unknown();
  return policy;
};

/**
 * Changes a workspace's template by what it is, whatever else of the workspace changes meanwhile. Ids are not taken from who changes
 * limits: a limit is found by what it bounds, in the order of the list.
 */
export const changeTemplate = async (
  control: ControlPlane,
  workspaceId: string,
  to: (standing: readonly typeV1.Limit[]) => readonly typeV1.Limit[],
): Promise<readonly typeV1.Limit[]> =>
  againWhenOvertaken(async () => {
    const { limits: standing, revision } = await templateOf(control, workspaceId);
    const wanted = to(standing).map(({ kind, name }) => ({ id: '', kind, name, raise: undefined }));
    const { limits } = await control.limits.changeLimits({
      ...{ requestId: randomUUID(), reason: '', holder: holderOf(workspaceId) },
      ...{ limits: wanted, expectedRevision: revision, atLeastPosition: '' },
    });
    return shownIn(limits).limits;
  });

const unknown = (): AppError => new AppError('NOT_FOUND', 'LIMIT_UNKNOWN');
