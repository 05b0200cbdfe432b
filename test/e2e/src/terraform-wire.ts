/** One request of Portkey's Terraform provider, and what it needs of the answer. `{name}` stands for what was kept by that name. */
export interface Exchange {
  /** `PUT /providers/{provider}?workspace_id={workspace}`, after the base URL. */
  readonly ask: string;
  readonly body?: object;
  /** 200, where nothing is said. */
  readonly status?: number;
  /** What the answer has, among other things: in lists, in this order. */
  readonly answers?: object;
  /** Of the answer, by the name that it is kept by. */
  readonly keeps?: Readonly<Record<string, string>>;
  /** Of the row of a list whose `id` or `slug` is this: what it has; undefined: there is no such row. */
  readonly row?: { readonly of: string; readonly named: string; readonly has: object | undefined };
  /** What the text of a refusal contains, by which the provider takes a thing for gone. */
  readonly says?: string;
}

export interface Wire {
  readonly resource: string;
  readonly exchanges: readonly Exchange[];
}

const BUDGET = { type: 'cost', credit_limit: 100, alert_threshold: 80, periodic_reset: 'monthly' };
const RATE = { type: 'requests', unit: 'rpm', value: 60 };
/** Keys and providers have one budget, of which the provider says no type. */
const { type: _cost, ...KEY_BUDGET } = BUDGET;
/** Not in the order of the alphabet. */
const SCOPES = ['providers.list', 'completions.write', 'logs.view', 'analytics.view'];
const GONE = { status: 404, says: 'not found' } as const;

/**
 * What the resources of Portkey's Terraform provider send when they are created, read, changed and destroyed, and when something that
 * they manage was taken away by somebody else. They put and then get; null and absent are the same to them; `omitempty` leaves empty lists out.
 */
export const TERRAFORM_WIRES: readonly Wire[] = [
  {
    resource: 'workspace',
    exchanges: [
      {
        ask: 'POST /admin/workspaces',
        body: { name: '{run} team', description: 'Made by hand.', defaults: { metadata: { team: 'a' } } },
        answers: { name: '{run} team', slug: expect.any(String) },
        keeps: { team: 'id', slug: 'slug' },
      },
      {
        ask: 'GET /admin/workspaces/{team}',
        answers: {
          ...{ id: '{team}', name: '{run} team', description: 'Made by hand.' },
          ...{ defaults: { metadata: { team: 'a' } }, usage_limits: null, rate_limits: null },
        },
      },
      {
        ask: 'PUT /admin/workspaces/{team}',
        body: { name: '{run} others', usage_limits: [BUDGET], rate_limits: [RATE] },
      },
      // Whole numbers stay so: the provider reads no others.
      {
        ask: 'GET /admin/workspaces/{team}',
        answers: { name: '{run} others', usage_limits: [BUDGET], rate_limits: [RATE] },
      },
      {
        ask: 'PUT /admin/workspaces/{team}',
        body: { name: '{run} others', usage_limits: null, rate_limits: null },
      },
      {
        ask: 'GET /admin/workspaces/{slug}',
        answers: { id: '{team}', usage_limits: null, rate_limits: null },
      },
      { ask: 'DELETE /admin/workspaces/{team}', body: { name: '{run} others' } },
      { ask: 'GET /admin/workspaces/{team}', ...GONE },
    ],
  },
  {
    resource: 'workspace_member',
    exchanges: [
      {
        ask: 'POST /admin/workspaces/{workspace}/users',
        body: { users: [{ id: '{user}', role: 'member' }] },
      },
      {
        ask: 'GET /admin/workspaces/{workspace}/users/{user}',
        answers: { id: '{user}', role: 'member', workspace_id: '{workspace}' },
      },
      { ask: 'PUT /admin/workspaces/{workspace}/users/{user}', body: { role: 'admin' } },
      { ask: 'GET /admin/workspaces/{workspace}/users/{user}', answers: { role: 'admin' } },
      { ask: 'GET /admin/users', row: { of: 'data', named: '{user}', has: { email: '{run}@example.com' } } },
      { ask: 'DELETE /admin/workspaces/{workspace}/users/{user}' },
      { ask: 'GET /admin/workspaces/{workspace}/users/{user}', ...GONE },
    ],
  },
  {
    resource: 'user_invite',
    exchanges: [
      {
        ask: 'POST /admin/users/invites',
        body: {
          ...{ email: '{run}-2@example.com', role: 'member' },
          workspaces: [{ id: '{workspace}', role: 'member' }],
        },
        keeps: { invite: 'id' },
      },
      {
        ask: 'GET /admin/users/invites/{invite}',
        answers: { id: '{invite}', email: '{run}-2@example.com', role: 'member', status: 'pending' },
      },
      { ask: 'DELETE /admin/users/invites/{invite}' },
      { ask: 'GET /admin/users/invites/{invite}', answers: { status: 'cancelled' } },
    ],
  },
  {
    resource: 'integration',
    exchanges: [
      {
        ask: 'POST /integrations',
        body: {
          ...{ name: 'Ours', slug: '{run}-int', ai_provider_id: 'openai', key: 'sk-none' },
          description: 'Made by hand.',
        },
        answers: { slug: '{run}-int' },
        keeps: { connected: 'id' },
      },
      {
        ask: 'GET /integrations/{run}-int',
        answers: {
          ...{ id: '{connected}', slug: '{run}-int', name: 'Ours', ai_provider_id: 'openai' },
          ...{ description: 'Made by hand.', status: 'active', type: 'organisation', secret_mappings: null },
          allow_all_models: true,
        },
      },
      { ask: 'GET /integrations/{run}-int/models', answers: { allow_all_models: true } },
      { ask: 'PUT /integrations/{run}-int/models', body: { allow_all_models: false, models: [] } },
      { ask: 'GET /integrations/{run}-int/models', answers: { allow_all_models: false } },
      { ask: 'PUT /integrations/{run}-int', body: { name: 'Theirs', key: 'sk-other' } },
      { ask: 'GET /integrations/{run}-int', answers: { name: 'Theirs', description: 'Made by hand.' } },
      { ask: 'DELETE /integrations/{run}-int' },
      { ask: 'GET /integrations/{run}-int', ...GONE },
    ],
  },
  {
    resource: 'integration_workspace_access',
    exchanges: [
      {
        ask: 'PUT /integrations/{integration}/workspaces',
        body: {
          workspaces: [{ id: '{workspace}', enabled: true, usage_limits: [BUDGET], rate_limits: [RATE] }],
        },
      },
      {
        ask: 'GET /integrations/{integration}/workspaces',
        row: {
          ...{ of: 'workspaces', named: '{workspace}' },
          has: { enabled: true, usage_limits: [BUDGET], rate_limits: [RATE] },
        },
      },
      // Limits that are taken away are left out.
      {
        ask: 'PUT /integrations/{integration}/workspaces',
        body: { workspaces: [{ id: '{workspace}', enabled: true }] },
      },
      {
        ask: 'GET /integrations/{integration}/workspaces',
        row: {
          ...{ of: 'workspaces', named: '{workspace}' },
          has: { enabled: true, usage_limits: null, rate_limits: null },
        },
      },
      // A workspace may be named by its slug.
      {
        ask: 'PUT /integrations/{integration}/workspaces',
        body: { workspaces: [{ id: '{workspace_slug}', enabled: false }] },
      },
      {
        ask: 'GET /integrations/{integration}/workspaces',
        row: { of: 'workspaces', named: '{workspace}', has: { enabled: false } },
      },
      {
        ask: 'GET /integrations/{integration}/workspaces',
        row: { of: 'workspaces', named: 'ws_nobody', has: undefined },
      },
      { ask: 'GET /integrations/{run}-none/workspaces', ...GONE },
    ],
  },
  {
    resource: 'integration_model_access',
    exchanges: [
      {
        ask: 'PUT /integrations/{integration}/models',
        body: {
          models: [
            {
              ...{ slug: 'tuned', enabled: true, is_custom: true, base_model_slug: 'gpt-4o-mini' },
              pricing_config: {
                type: 'static',
                pay_as_you_go: { request_token: { price: 0.00015 }, response_token: { price: 0.0006 } },
              },
            },
          ],
        },
      },
      {
        ask: 'GET /integrations/{integration}/models',
        row: {
          ...{ of: 'models', named: 'tuned' },
          has: {
            ...{ enabled: true, is_custom: true, base_model_slug: 'gpt-4o-mini' },
            pricing_config: {
              type: 'static',
              pay_as_you_go: { request_token: { price: 0.00015 }, response_token: { price: 0.0006 } },
            },
          },
        },
      },
      {
        ask: 'PUT /integrations/{integration}/models',
        body: { models: [{ slug: 'gpt-4o', enabled: false }] },
      },
      {
        ask: 'GET /integrations/{integration}/models',
        row: { of: 'models', named: 'gpt-4o', has: { enabled: false } },
      },
      { ask: 'DELETE /integrations/{integration}/models', body: { models: ['tuned'] } },
      {
        ask: 'GET /integrations/{integration}/models',
        row: { of: 'models', named: 'tuned', has: undefined },
      },
      { ask: 'GET /integrations/{run}-none/models', ...GONE },
    ],
  },
  {
    resource: 'api_key',
    exchanges: [
      {
        ask: 'POST /api-keys/workspace/service',
        body: {
          ...{ name: '{run} key', workspace_id: '{workspace}', scopes: SCOPES },
          ...{ usage_limits: KEY_BUDGET, rate_limits: [RATE], expires_at: '2999-01-02T03:04:05Z' },
          rotation_policy: { rotation_period: 'monthly' },
        },
        answers: { object: 'api-key', key: expect.any(String) },
        keeps: { key: 'id' },
      },
      {
        ask: 'GET /api-keys/{key}',
        answers: {
          ...{ id: '{key}', name: '{run} key', type: 'workspace-service', workspace_id: '{workspace}' },
          ...{ scopes: SCOPES, usage_limits: KEY_BUDGET, rate_limits: [RATE], status: 'active' },
          ...{ expires_at: '2999-01-02T03:04:05.000Z', user_id: null, description: null, defaults: null },
          rotation_policy: { next_rotation_at: expect.any(String) },
        },
      },
      {
        ask: 'PUT /api-keys/{key}',
        body: { name: '{run} key', scopes: SCOPES, usage_limits: null, rate_limits: null },
      },
      { ask: 'GET /api-keys/{key}', answers: { scopes: SCOPES, usage_limits: null, rate_limits: null } },
      {
        ask: 'GET /api-keys?workspace_id={workspace}',
        row: { of: 'data', named: '{key}', has: { name: '{run} key' } },
      },
      { ask: 'POST /api-keys/{key}/rotate', answers: { id: '{key}', key: expect.any(String) } },
      { ask: 'DELETE /api-keys/{key}' },
      { ask: 'GET /api-keys/{key}', ...GONE },
    ],
  },
  {
    resource: 'provider',
    exchanges: [
      // The workspace has access before.
      {
        ask: 'PUT /integrations/{integration}/workspaces',
        body: { workspaces: [{ id: '{workspace}', enabled: true }] },
      },
      {
        ask: 'POST /providers',
        body: {
          ...{ name: '{run} provider', workspace_id: '{workspace}', integration_id: '{integration_id}' },
          slug: '{run}-provider',
        },
        answers: { slug: '{run}-provider', object: 'provider' },
        keeps: { provider: 'id' },
      },
      {
        ask: 'GET /providers/{provider}?workspace_id={workspace}',
        answers: {
          ...{ id: '{provider}', slug: '{run}-provider', name: '{run} provider', status: 'active' },
          ...{ integration_id: '{integration_id}', ai_provider_name: 'openai', workspace_id: '{workspace}' },
          ...{ note: null, usage_limits: null, rate_limits: null, expires_at: null },
        },
      },
      {
        ask: 'PUT /providers/{provider}',
        body: {
          ...{ name: '{run} changed', workspace_id: '{workspace}' },
          ...{ usage_limits: KEY_BUDGET, rate_limits: [RATE] },
        },
      },
      {
        ask: 'GET /providers/{provider}?workspace_id={workspace}',
        answers: { name: '{run} changed', usage_limits: KEY_BUDGET, rate_limits: [RATE] },
      },
      { ask: 'DELETE /providers/{provider}?workspace_id={workspace}' },
      { ask: 'GET /providers/{provider}?workspace_id={workspace}', ...GONE },
    ],
  },
  {
    resource: 'usage_limits_policy',
    exchanges: [
      {
        ask: 'POST /policies/usage-limits',
        body: {
          ...{ name: '{run} policy', workspace_id: '{workspace}', type: 'cost', credit_limit: 100.5 },
          conditions: [{ key: 'workspace_id', value: '{workspace}' }],
          ...{ group_by: [{ key: 'api_key' }], periodic_reset: 'monthly' },
        },
        keeps: { policy: 'id' },
      },
      {
        ask: 'GET /policies/usage-limits/{policy}',
        answers: {
          ...{ id: '{policy}', name: '{run} policy', workspace_id: '{workspace}', type: 'cost' },
          // Text where there is one: the provider reads no list.
          conditions: [{ key: 'workspace_id', value: '{workspace}' }],
          ...{ group_by: [{ key: 'api_key' }], credit_limit: 100.5, alert_threshold: null },
          ...{ periodic_reset: 'monthly', status: 'active' },
        },
      },
      {
        ask: 'PUT /policies/usage-limits/{policy}',
        body: {
          ...{ name: '{run} changed', credit_limit: 50, alert_threshold: 40 },
          conditions: [{ key: 'workspace_id', value: '{workspace}' }],
        },
      },
      {
        ask: 'GET /policies/usage-limits/{policy}',
        answers: { name: '{run} changed', credit_limit: 50, alert_threshold: 40, periodic_reset: 'monthly' },
      },
      { ask: 'DELETE /policies/usage-limits/{policy}' },
      { ask: 'GET /policies/usage-limits/{policy}', ...GONE },
    ],
  },
  {
    resource: 'rate_limits_policy',
    exchanges: [
      {
        ask: 'POST /policies/rate-limits',
        body: {
          ...{ name: '{run} policy', workspace_id: '{workspace}', type: 'requests', unit: 'rpm', value: 100 },
          conditions: [{ key: 'workspace_id', value: '{workspace}' }],
          group_by: [{ key: 'api_key' }],
        },
        keeps: { rates: 'id' },
      },
      {
        ask: 'GET /policies/rate-limits/{rates}',
        answers: {
          ...{ id: '{rates}', name: '{run} policy', type: 'requests', unit: 'rpm', value: 100 },
          conditions: [{ key: 'workspace_id', value: '{workspace}' }],
        },
      },
      {
        ask: 'PUT /policies/rate-limits/{rates}',
        body: { name: '{run} policy', unit: 'rpm', value: 200 },
      },
      { ask: 'GET /policies/rate-limits/{rates}', answers: { value: 200, status: 'active' } },
      { ask: 'DELETE /policies/rate-limits/{rates}' },
      { ask: 'GET /policies/rate-limits/{rates}', ...GONE },
    ],
  },
];
