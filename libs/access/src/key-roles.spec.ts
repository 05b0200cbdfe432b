import { KEY_ROLES } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { fromProtoKeyRole, toProtoKeyRole } from './key-roles';

describe('the roles of keys on the wire', () => {
  it('are all of them, each there and back', () => {
    expect(KEY_ROLES.map((role) => fromProtoKeyRole(toProtoKeyRole(role)))).toEqual(KEY_ROLES);
    // Those that keys were issued with before there were others.
    expect([fromProtoKeyRole(1), fromProtoKeyRole(2)]).toEqual(['admin', 'workspaceMember']);
  });

  it.each([provisioningV1.ApiKeyRole.UNSPECIFIED, -1, 99])('are nothing else: %s', (role) =>
    expect(fromProtoKeyRole(role)).toBeUndefined(),
  );
});
