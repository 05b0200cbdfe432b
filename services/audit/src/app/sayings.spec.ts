import { ProtoEventFields } from '../adapters/events/proto-event-fields';
import { ENDS, ONE_OF, STAYS, STEPS } from './sayings';

const fields = new ProtoEventFields();
const fieldsOf = (type: string) => Object.keys(fields.leftOut(type));
const named = Object.entries(ONE_OF).flatMap(([type, [, ...path]]) =>
  path.slice(0, 1).map((field) => [type, field]),
);
const listed = Object.entries({ ...STEPS, ...STAYS }).flatMap(([type, some]) =>
  some.map((field) => [type, field]),
);

it.each([...named, ...listed] as [string, string][])('%s has the field %s', (type, field) => {
  expect(fieldsOf(type)).toContain(field);
});

it.each([...Object.keys(ONE_OF), ...ENDS])('%s is an event', (type) =>
  expect(fieldsOf(type)).not.toEqual([]),
);

it('what is left out of an event is an empty list or map, not so, or nothing', () => {
  expect(fields.leftOut('ProvisionLimitsChanged')).toEqual({ provisionId: undefined, limits: [] });
  expect(fields.leftOut('OrganizationApprovalChanged')).toEqual({
    organizationId: undefined,
    required: false,
  });
  expect(fields.leftOut('IntegrationReconfigured')).toMatchObject({
    fields: {},
    local: false,
    baseUrl: undefined,
  });
  expect(fields.leftOut('MemberInvited')).toMatchObject({ tokenHash: undefined, expiresAt: undefined });
  expect(fields.leftOut('NeverHeardOf')).toEqual({});
});
