const ALL = ['create', 'read', 'update', 'delete', 'list'] as const;
const KEYS = [...ALL, 'rotate'] as const;

/** What may be done to what: the closed list of scopes, by the resource. */
const ACTIONS = {
  organisation_users: ALL,
  organisation_service_api_keys: KEYS,
  organisation_settings: ['read', 'update'],
  organisation_integrations: ALL,
  workspace_integrations: ALL,
  workspaces: ALL,
  workspace_users: ALL,
  workspace_service_api_keys: KEYS,
  workspace_user_api_keys: KEYS,
  providers: ALL,
  virtual_keys: [...ALL, 'duplicate', 'copy'],
  policies: ALL,
  secret_references: ALL,
  configs: ALL,
  prompts: ALL,
  guardrails: ALL,
  audit_logs: ['list'],
  analytics: ['view'],
  logs: ['export', 'list', 'view'],
  completions: ['write'],
} as const satisfies Record<string, readonly string[]>;

type Resource = keyof typeof ACTIONS;

/** What a key may be narrowed to, e.g. `workspaces.read`. One does not imply another: `list` lets nobody `read`. */
export type AccessScope = { [R in Resource]: `${R}.${(typeof ACTIONS)[R][number]}` }[Resource];

/** Every scope there is. */
export const ACCESS_SCOPES: readonly AccessScope[] = Object.entries(ACTIONS).flatMap(([resource, actions]) =>
  actions.map((action) => `${resource}.${action}` as AccessScope),
);

/**
 * What a key opens: as an owner or admin the whole of an organization, as its auditor all that is to be read there but
 * secrets; of a workspace as its admin, or as a member, who calls its models and reads its usage.
 */
export const KEY_ROLES = ['owner', 'admin', 'auditor', 'workspaceAdmin', 'workspaceMember'] as const;
export type KeyRole = (typeof KEY_ROLES)[number];

/** The roles whose keys belong to a workspace. */
export type WorkspaceRole = Extract<KeyRole, `workspace${string}`>;
export type OrganizationRole = Exclude<KeyRole, WorkspaceRole>;

export const isWorkspaceRole = (role: KeyRole): role is WorkspaceRole =>
  role === 'workspaceAdmin' || role === 'workspaceMember';

const scopesOf = (resource: Resource, actions: readonly string[] = ACTIONS[resource]): AccessScope[] =>
  actions.map((action) => `${resource}.${action}` as AccessScope);

const READING = ['read', 'list', 'view', 'export'];

const MEMBER_SCOPES: readonly AccessScope[] = [
  ...scopesOf('completions'),
  ...scopesOf('analytics'),
  ...scopesOf('logs', ['list', 'view']),
  ...scopesOf('providers', ['read', 'list']),
];

/**
 * The scopes that a role's keys may have. Those of an organization's owner and admin hold `completions.write`, so that they
 * may give it on; they call nothing themselves, since models are called in a workspace.
 */
export const ROLE_SCOPES: Readonly<Record<KeyRole, ReadonlySet<AccessScope>>> = {
  owner: new Set(ACCESS_SCOPES),
  admin: new Set(ACCESS_SCOPES),
  auditor: new Set(ACCESS_SCOPES.filter((scope) => READING.includes(scope.split('.')[1] ?? ''))),
  workspaceAdmin: new Set([
    ...MEMBER_SCOPES,
    ...scopesOf('workspace_integrations'),
    ...scopesOf('workspaces', ['read']),
    ...scopesOf('workspace_users'),
    ...scopesOf('workspace_service_api_keys'),
    ...scopesOf('workspace_user_api_keys'),
    ...scopesOf('policies', ['read', 'list']),
    ...scopesOf('logs'),
  ]),
  workspaceMember: new Set(MEMBER_SCOPES),
};

/** What a key may, of all that its role allows: the scopes that it was given, or all where it was given none. */
export const scopesOfKey = (role: KeyRole, given: readonly AccessScope[]): ReadonlySet<AccessScope> =>
  given.length === 0 ? ROLE_SCOPES[role] : new Set(given.filter((scope) => ROLE_SCOPES[role].has(scope)));
