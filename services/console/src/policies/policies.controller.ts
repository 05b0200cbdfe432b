import { Turns } from '@gatehouse/kernel';
import { Controller, Inject } from '@nestjs/common';
import { typeV1 } from '@gatehouse/proto-gen';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import type { Asked } from '../rest/asked';
import { pageIn, pageOf, WHOLE } from '../rest/paging';
import type { AnswerOf } from '../rest/route';
import { AskedOf, Serves } from '../rest/serves.decorator';
import { workspaceIdOf } from '../named-workspace/named-workspace';
import {
  changeTemplate,
  placeOfPolicy,
  type Policy,
  policiesOf,
  policyId,
  policyIn,
  templateOf,
  workspaceOfPolicy,
} from './key-template';
import { entitiesOf, resetOf, usageByKey } from './policy-entities';
import {
  changedRatePolicy,
  changedUsagePolicy,
  fromRestRatePolicy,
  fromRestUsagePolicy,
  type PolicyOwner,
  toRestRatePolicy,
  toRestUsagePolicy,
} from './policy-conversion';
import type { PolicySubject, UsagePolicyAnswer } from './policy.schema';
import * as routes from './policy.routes';

const PAGE_BY_DEFAULT = 100;

/** Policies are the limits that each key of a workspace has by its template. */
@Controller()
export class PoliciesController {
  /** A workspace's policies are one list, and so changed one after the other. */
  constructor(@Inject(Turns) private readonly turns: Turns) {}

  @Serves(routes.listUsagePolicies)
  async usagePolicies(
    @AskedOf() { query, control }: Asked<typeof routes.listUsagePolicies>,
  ): Promise<AnswerOf<typeof routes.listUsagePolicies>> {
    const { owner, held } = await heldBy(control, await workspaceIdOf(control, query.workspace_id));
    const all = policiesOf(held, 'budget').map((limit) => [limit, toRestUsagePolicy(owner, limit)] as const);
    const wanted = all.filter(([, { type }]) => query.type === undefined || type === query.type);
    const { total, data } = pageIn(query.status === 'archived' ? [] : wanted, pageOf(query, PAGE_BY_DEFAULT));
    const told: UsagePolicyAnswer[] = [];
    for (const [limit, policy] of data)
      told.push(await withUsage(control, { owner, limit, policy }, query.include_usage === 'true'));
    return { object: 'list', total, data: told };
  }

  @Serves(routes.createUsagePolicy)
  async createUsagePolicy(
    @AskedOf() { body, control }: Asked<typeof routes.createUsagePolicy>,
  ): Promise<AnswerOf<typeof routes.createUsagePolicy>> {
    const wanted = fromRestUsagePolicy(body);
    return { id: await this.add(control, body, wanted), object: 'policy-usage-limits' };
  }

  @Serves(routes.getUsagePolicy)
  async usagePolicy(
    @AskedOf() { path, query, control }: Asked<typeof routes.getUsagePolicy>,
  ): Promise<AnswerOf<typeof routes.getUsagePolicy>> {
    const { owner, limit } = await known(control, 'budget', path.id);
    const policy = toRestUsagePolicy(owner, limit);
    return withUsage(control, { owner, limit, policy }, query.include_usage === 'true');
  }

  @Serves(routes.changeUsagePolicy)
  async changeUsagePolicy(
    @AskedOf() { path, body, control }: Asked<typeof routes.changeUsagePolicy>,
  ): Promise<AnswerOf<typeof routes.changeUsagePolicy>> {
    const { limitId } = placeOfPolicy(path.id);
    await this.replace(control, path.id, body.conditions, (limits) => [
      changedUsagePolicy(policyIn({ limits }, 'budget', limitId), body),
    ]);
    const { reset_usage_for_value: keys } = body;
    for (const key of typeof keys === 'string' ? [keys] : (keys ?? [])) await resetOf(control, limitId, key);
    return { id: path.id, object: 'policy-usage-limits' };
  }

  @Serves(routes.deleteUsagePolicy)
  async deleteUsagePolicy(
    @AskedOf() { path, control }: Asked<typeof routes.deleteUsagePolicy>,
  ): Promise<object> {
    return this.remove(control, 'budget', path.id);
  }

  @Serves(routes.listPolicyEntities)
  async entities(
    @AskedOf() { path, query, control }: Asked<typeof routes.listPolicyEntities>,
  ): Promise<AnswerOf<typeof routes.listPolicyEntities>> {
    const { owner, limit } = await known(control, 'budget', path.id);
    const { search = '', status } = query;
    const page = pageOf(query, PAGE_BY_DEFAULT);
    // What a key has spent is metering's to tell: which keys are meant is known once all are looked at.
    const asked = { page: status === undefined ? page : WHOLE, search };
    const { total, data } = await entitiesOf(control, owner.workspaceId, limit, asked);
    if (status === undefined) return { object: 'list', total, data };
    return {
      object: 'list',
      ...pageIn(
        data.filter((entity) => entity.status === status),
        page,
      ),
    };
  }

  @Serves(routes.resetPolicyEntity)
  async resetEntity(@AskedOf() { path, control }: Asked<typeof routes.resetPolicyEntity>): Promise<object> {
    const { limit } = await known(control, 'budget', path.id);
    await resetOf(control, limit.id, path.entity);
    return {};
  }

  @Serves(routes.listRatePolicies)
  async ratePolicies(
    @AskedOf() { query, control }: Asked<typeof routes.listRatePolicies>,
  ): Promise<AnswerOf<typeof routes.listRatePolicies>> {
    const { owner, held } = await heldBy(control, await workspaceIdOf(control, query.workspace_id));
    const all = policiesOf(held, 'rateLimit').map((limit) => toRestRatePolicy(owner, limit));
    const wanted = all.filter(({ type }) => query.type === undefined || type === query.type);
    const page = pageOf(query, PAGE_BY_DEFAULT);
    return { object: 'list', ...pageIn(query.status === 'archived' ? [] : wanted, page) };
  }

  @Serves(routes.createRatePolicy)
  async createRatePolicy(
    @AskedOf() { body, control }: Asked<typeof routes.createRatePolicy>,
  ): Promise<AnswerOf<typeof routes.createRatePolicy>> {
    const wanted = fromRestRatePolicy(body);
    return { id: await this.add(control, body, wanted), object: 'policy-rate-limits' };
  }

  @Serves(routes.getRatePolicy)
  async ratePolicy(
    @AskedOf() { path, control }: Asked<typeof routes.getRatePolicy>,
  ): Promise<AnswerOf<typeof routes.getRatePolicy>> {
    const { owner, limit } = await known(control, 'rateLimit', path.id);
    return toRestRatePolicy(owner, limit);
  }

  @Serves(routes.changeRatePolicy)
  async changeRatePolicy(
    @AskedOf() { path, body, control }: Asked<typeof routes.changeRatePolicy>,
  ): Promise<AnswerOf<typeof routes.changeRatePolicy>> {
    const { limitId } = placeOfPolicy(path.id);
    await this.replace(control, path.id, body.conditions, (limits) => [
      changedRatePolicy(policyIn({ limits }, 'rateLimit', limitId), body),
    ]);
    return { id: path.id, object: 'policy-rate-limits' };
  }

  @Serves(routes.deleteRatePolicy)
  async deleteRatePolicy(
    @AskedOf() { path, control }: Asked<typeof routes.deleteRatePolicy>,
  ): Promise<object> {
    return this.remove(control, 'rateLimit', path.id);
  }

  /** What is there already, called so, is that. Answers its id. */
  private async add(control: ControlPlane, about: PolicySubject, wanted: typeV1.Limit): Promise<string> {
    const workspaceId = await workspaceOfPolicy(control, about);
    const isWanted = (limit: typeV1.Limit): boolean => sayingOf(limit) === sayingOf(wanted);
    const limits = await this.turns.take(workspaceId, () =>
      changeTemplate(control, workspaceId, (standing) =>
        standing.some(isWanted) ? standing : [...standing, wanted],
      ),
    );
    return policyId(workspaceId, limits.find(isWanted) ?? wanted);
  }

  /** INVALID where a condition is said that is another. */
  private async replace(
    control: ControlPlane,
    id: string,
    conditions: PolicySubject['conditions'] | undefined,
    by: (standing: readonly typeV1.Limit[]) => readonly typeV1.Limit[],
  ): Promise<void> {
    const { workspaceId, limitId } = placeOfPolicy(id);
    if (conditions) await workspaceOfPolicy(control, { conditions, workspace_id: workspaceId });
    await this.turns.take(workspaceId, () =>
      changeTemplate(control, workspaceId, (standing) => {
        const replaced = by(standing);
        return standing.flatMap((limit) => (limit.id === limitId ? replaced : [limit]));
      }),
    );
  }

  private async remove(control: ControlPlane, kind: 'budget' | 'rateLimit', id: string): Promise<object> {
    const { limitId } = placeOfPolicy(id);
    await this.replace(control, id, undefined, (limits) => {
      policyIn({ limits }, kind, limitId);
      return [];
    });
    return {};
  }
}

/** What it bounds, and what it is called, whatever its id. */
const sayingOf = ({ kind, name }: typeV1.Limit): string =>
  Buffer.from(typeV1.Limit.encode({ id: '', kind, name, raise: undefined }).finish()).toString('base64');

const heldBy = async (control: ControlPlane, workspaceId: string) => {
  const held = await templateOf(control, workspaceId);
  return { held, owner: { workspaceId, organizationId: held.organizationId } };
};

const known = async <Kind extends 'budget' | 'rateLimit'>(
  control: ControlPlane,
  kind: Kind,
  id: string,
): Promise<{ readonly owner: PolicyOwner; readonly limit: Policy<Kind> }> => {
  const { workspaceId, limitId } = placeOfPolicy(id);
  const { owner, held } = await heldBy(control, workspaceId);
  return { owner, limit: policyIn(held, kind, limitId) };
};

const withUsage = async (
  control: ControlPlane,
  {
    owner,
    limit,
    policy,
  }: {
    readonly owner: PolicyOwner;
    readonly limit: Policy<'budget'>;
    readonly policy: UsagePolicyAnswer;
  },
  wanted: boolean,
): Promise<UsagePolicyAnswer> =>
  wanted ? { ...policy, value_key_usage_map: await usageByKey(control, owner.workspaceId, limit) } : policy;
