import { auditV1, typeV1 } from '@gatehouse/proto-gen';
import { toRestAuditLog } from './audit-log-conversion';

const recordOf = (event: Partial<auditV1.Event>) => toRestAuditLog({ ...auditV1.Event.create(), ...event });
const actorAt = (address: string) => ({ kind: typeV1.ActorKind.API_KEY, id: 'key_1', address });

it.each([
  ['127.0.0.1:39940', '127.0.0.1'],
  ['[::1]:39940', '::1'],
  ['10.0.0.1', '10.0.0.1'],
  ['', null],
])('tells of the address %p the host', (address, client_ip) => {
  expect(recordOf({ actor: actorAt(address) })).toMatchObject({ client_ip, user_type: 'api-key' });
});

it.each([
  ['integration-int_1', 'integration', 'int_1'],
  ['roster-org_1', 'roster', 'org_1'],
  ['odd', 'odd', ''],
])('tells what the stream %p is of', (stream, resource_type, resource_id) => {
  expect(recordOf({ stream })).toMatchObject({ resource_type, resource_id, user_type: null });
});
