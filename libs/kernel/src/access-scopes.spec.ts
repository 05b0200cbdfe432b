import { ACCESS_SCOPES, KEY_ROLES, ROLE_SCOPES, scopesOfKey } from './access-scopes';

describe('the scopes of keys', () => {
  it('are a closed list', () => {
    expect(new Set(ACCESS_SCOPES).size).toBe(88);
    expect(ACCESS_SCOPES).toHaveLength(88);
    expect(ACCESS_SCOPES).toEqual(
      expect.arrayContaining([
        'organisation_service_api_keys.rotate',
        'virtual_keys.copy',
        'completions.write',
      ]),
    );
    expect(ACCESS_SCOPES).not.toContain('organisation_settings.delete');
  });

  it('let an auditor read and nothing else', () => {
    const actions = [...ROLE_SCOPES.auditor].map((scope) => scope.split('.')[1]);
    expect(new Set(actions)).toEqual(new Set(['read', 'list', 'view', 'export']));
  });

  it('of a member are among those of a workspace admin, and these among those of an organization admin', () => {
    for (const scope of ROLE_SCOPES.workspaceMember) expect(ROLE_SCOPES.workspaceAdmin).toContain(scope);
    for (const scope of ROLE_SCOPES.workspaceAdmin) expect(ROLE_SCOPES.admin).toContain(scope);
  });

  it('give a key what it was given, within its role; all of the role where it was given none', () => {
    for (const role of KEY_ROLES) expect(scopesOfKey(role, [])).toEqual(ROLE_SCOPES[role]);
    expect([...scopesOfKey('workspaceMember', ['completions.write', 'workspaces.delete'])]).toEqual([
      'completions.write',
    ]);
  });
});
