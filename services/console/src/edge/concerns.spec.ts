import { ROUTES } from '../routes';
import { changes, kindOf } from './concerns';

const kindsOf = (chosen: (url: string) => boolean): Set<string | undefined> =>
  new Set(ROUTES.filter(({ url }) => chosen(url)).map(kindOf));

it.each([
  ['keys', '/v1/api-keys'],
  ['invites', '/v1/admin/users/invites'],
  ['policies', '/v1/policies/'],
  ['references', '/v1/secret-references'],
  ['integrations', '/v1/integrations'],
  ['integrations', '/v1/gatehouse/integrations'],
  ['integrations', '/v1/gatehouse/drafts'],
  ['integrations', '/v1/providers'],
  ['integrations', '/v1/virtual-keys'],
])('has %s where they are: %s', (kind, beginning) => {
  expect([...kindsOf((url) => url.startsWith(beginning))]).toEqual([kind]);
});

it.each([
  '/v1/admin/users/{user}',
  '/v1/admin/workspaces',
  '/v1/gatehouse/approvals',
  '/v1/gatehouse/scopes',
])('knows of no kind alone that is ended by a change of %s', (beginning) => {
  const kinds = kindsOf((url) => url.startsWith(beginning));
  expect([...kinds]).toEqual([undefined]);
});

it('takes for a change what is done to what is there', () => {
  const changing = ROUTES.filter(changes).map(({ method, url }) => `${method} ${url}`);
  expect(changing).toContain('POST /v1/api-keys/{id}/rotate');
  expect(changing).toContain('DELETE /v1/api-keys/{id}');
  expect(changing).not.toContain('POST /v1/api-keys/{holder}/{kind}');
  expect(changing).not.toContain('POST /v1/gatehouse/integrations/{integration}/test');
});
