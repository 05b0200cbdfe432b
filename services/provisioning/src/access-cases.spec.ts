import type { AccessScope } from '@gatehouse/kernel';
import { ListedModels } from '@gatehouse/offering';
import { fromProtoModelFacts } from '@gatehouse/offering-messages';
import { type AccessCase, accessCases } from '@gatehouse/offering-messages/testing';
import type { provisioningV1 } from '@gatehouse/proto-gen';
import { fromEntryIntegration, fromEntryName, fromEntryProvision } from './adapters/postgres/told-entries';
import type { AccessFacts, CallingKey } from './domain/access/access-facts';
import { type ExplainedRoute, explainRoute } from './domain/access/explain-route';

const explained = ({ entries, keyId, workspaceId, at }: AccessCase): ExplainedRoute => {
  const valueOf = (id: string) => entries.find((entry) => entry.id === id)?.value;
  const workspace = valueOf(workspaceId);
  const published = new ListedModels();
  for (const { value } of entries) {
    if (value?.$case === 'model') published.setFacts('small', fromProtoModelFacts('small', value.value));
  }
  const [own] = entries.flatMap((entry) => fromEntryName(entry) ?? []);
  const provision = entries.flatMap((entry) => fromEntryProvision(entry, own) ?? [])[0];
  const facts: AccessFacts = {
    key: keyOf(valueOf(keyId)),
    isArchived: workspace?.$case === 'workspace' && workspace.value.archived,
    integration: entries.flatMap((entry) => fromEntryIntegration(entry) ?? [])[0] ?? 'unknown',
    ...(provision && { provision }),
    published,
    model: 'small',
    at,
  };
  return explainRoute(facts);
};

const REVOKED: CallingKey = { status: 'revoked', scopes: [], models: { all: true } };

/** As its stream has it, of which gateways are told. One that was revoked is gone from what they are told. */
const keyOf = (value: provisioningV1.ConfigEntry['value']): CallingKey => {
  if (value?.$case !== 'key') return REVOKED;
  const { expiresAt, scopes, models } = value.value;
  return {
    status: 'active',
    scopes: scopes as AccessScope[],
    models: { all: false, names: models?.names ?? [] },
    ...(expiresAt && { expiresAt }),
  };
};

/** What an explanation says of what a case is about. */
const reasonOf = ({ refused, rule }: ExplainedRoute): string =>
  rule === 'not-named-by-key' ? 'modelNotAllowedToKey' : (refused ?? 'allowed');

/** The same cases are decided in the gateway. */
describe('what is explained', () => {
  const cases = accessCases(Buffer.alloc(32));

  it('is what the gateway decides', () => {
    expect(cases).toHaveLength(1592);
    const otherwise = cases.filter((one) => reasonOf(explained(one)) !== one.reason);
    expect(otherwise.map(({ faults }) => faults)).toEqual([]);
  });

  it('names the rule of an allowed model', () => {
    const allowed = cases.filter(({ reason }) => reason === 'allowed');
    expect(allowed.map((one) => explained(one).rule)).toEqual(allowed.map(({ rule }) => rule));
  });
});
