import {
  AppError,
  type IntegrationId,
  type OrganizationId,
  type ProvisionId,
  type WorkspaceId,
} from '@gatehouse/kernel';
import type { OwnNames, ProvisionNames } from './provision-names';
import type { ProvisionNamesEvent } from './provision-names.events';
import type { ProvisionSlug } from './provision-slug';

/** What a provision is to be called; what is undefined stays, what is null follows the integration. */
export interface WantedNames {
  readonly slug?: ProvisionSlug | null | undefined;
  readonly name?: string | null | undefined;
}

export interface NameProvision extends WantedNames {
  readonly type: 'NameProvision';
  readonly organizationId: OrganizationId;
  readonly workspaceId: WorkspaceId;
  readonly provisionId: ProvisionId;
  readonly integrationId: IntegrationId;
  /** Of the workspace's provisions that are called something, those whose integration has gone for good. */
  readonly ended: ReadonlySet<ProvisionId>;
  /** And those that were never made. */
  readonly unmade: ReadonlySet<ProvisionId>;
  readonly at: Date;
}

/** So long a provision that is being made keeps what it is to be called. */
const MADE_WITHIN_MS = 60_000;

/**
 * CONFLICT `PROVISION_SLUG_TAKEN`, `PROVISION_NAME_TAKEN` where another provision of the workspace is called so. One that has
 * ended gives way, and so does one that was to be made a minute ago and was not. What it is called already records nothing.
 */
export const nameProvision = (
  command: NameProvision,
  names: ProvisionNames,
): readonly ProvisionNamesEvent[] => {
  const { organizationId, workspaceId, provisionId, integrationId, at } = command;
  const before = names.get(provisionId);
  const slug = command.slug === undefined ? before?.slug : (command.slug ?? undefined);
  const name = command.name === undefined ? before?.name : (command.name ?? undefined);
  if (slug === before?.slug && name === before?.name) return [];
  const about = { organizationId, workspaceId, provisionId, integrationId };
  const own = { ...(slug !== undefined && { slug }), ...(name !== undefined && { name }) };
  const others = [...names.values()].filter((other) => other.provisionId !== provisionId);
  const called = others.filter((other) => isCalledSo(other, own));
  const inTheWay = called.find((other) => !givesWay(command, other));
  if (inTheWay) {
    const isSlug = slug !== undefined && inTheWay.slug === slug;
    throw new AppError('CONFLICT', isSlug ? 'PROVISION_SLUG_TAKEN' : 'PROVISION_NAME_TAKEN');
  }
  const unnamed = called.map(({ slug: _slug, name: _name, ...other }) => ({ ...other, namedAt: at }));
  return [...unnamed, { ...about, ...own, namedAt: at }].map((named) => ({
    type: 'ProvisionNamed',
    ...named,
  }));
};

const isCalledSo = (other: OwnNames, { slug, name }: Pick<OwnNames, 'slug' | 'name'>): boolean =>
  (slug !== undefined && other.slug === slug) || (name !== undefined && other.name === name);

const givesWay = ({ ended, unmade, at }: NameProvision, { provisionId, namedAt }: OwnNames): boolean =>
  ended.has(provisionId) || (unmade.has(provisionId) && at.getTime() - namedAt.getTime() > MADE_WITHIN_MS);
