import type { DraftAnswer } from '@gatehouse/console/drafts/draft.schema';
import type { OwnIntegrationCreation } from '@gatehouse/console/integrations/own-integration.schema';
import type { WholeLimit } from '@gatehouse/console/limits/whole-limit.schema';

export type Deployment = OwnIntegrationCreation['deployments'][number];
export type CustomModel = OwnIntegrationCreation['custom_models'][number];
export type Draft = DraftAnswer;

/** A workspace that is to have the integration from the beginning. */
export interface ChosenWorkspace {
  readonly id: string;
  readonly name: string;
  readonly limits: readonly WholeLimit[];
}

/** What the wizard has been told so far. The credential is not in it: it is sealed in the draft. */
export interface Connecting {
  readonly name: string;
  readonly slug: string;
  readonly description: string;
  readonly reason: string;
  readonly draft: Draft | null;
  readonly deployments: readonly Deployment[];
  readonly workspaces: ReadonlyMap<string, ChosenWorkspace>;
  readonly autoProvision: boolean;
  /** Workspaces that are there already get it too. */
  readonly existing: boolean;
  readonly defaults: readonly WholeLimit[];
  /** null: nobody has chosen yet. */
  readonly models: ReadonlySet<string> | null;
  readonly autoEnable: boolean;
  readonly custom: readonly CustomModel[];
}

export const NOTHING_YET: Connecting = {
  name: '',
  slug: '',
  description: '',
  reason: '',
  draft: null,
  deployments: [],
  workspaces: new Map(),
  autoProvision: false,
  existing: false,
  defaults: [],
  models: null,
  autoEnable: false,
  custom: [],
};

/** So many workspaces are provisioned with the creation itself; all that are there come by auto-provision. */
export const WORKSPACES_MAX = 100;

/** Of a name, as long as nobody has typed another. */
export const slugOf = (name: string): string =>
  name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64);

/**
 * The one request that makes all of it, or nothing.
 *
 * @param models null: all that the catalog lists.
 */
export const creationOf = (said: Connecting, models: readonly string[] | null) => ({
  name: said.name,
  slug: said.slug,
  description: said.description,
  reason: said.reason,
  draft_id: said.draft?.id ?? '',
  deployments: said.deployments,
  models,
  auto_enable_models: said.autoEnable,
  custom_models: said.custom,
  workspaces: [...said.workspaces.values()].map(({ id, limits }) => ({ workspace_id: id, limits })),
  auto_provision: said.autoProvision
    ? { limits: said.defaults, ...(said.existing && { existing: 'keep' }) }
    : null,
});
