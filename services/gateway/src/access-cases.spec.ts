import { hashApiKey, Peppers } from '@gatehouse/access';
import { keyNamed } from '@gatehouse/access/testing';
import { type AccessCase, accessCases, type CaseReason } from '@gatehouse/offering-messages/testing';
import { fromProtoConfigEntry } from './adapters/config/configuration-messages';
import { authenticate, presentedIn } from './adapters/http/presented-key';
import { Configuration } from './domain/configuration';
import { Refusal, type RefusalCode } from './domain/refusal';
import { resolveModel } from './domain/resolve-model';

const PEPPER = Buffer.alloc(32, 7);
const API_KEY = keyNamed(PEPPER, 'cases');

const CODES: Readonly<Record<CaseReason, RefusalCode | 'allowed'>> = {
  allowed: 'allowed',
  keyRevoked: 'invalid_api_key',
  keyExpired: 'invalid_api_key',
  workspaceArchived: 'workspace_archived',
  keyScopeMissing: 'missing_scope',
  providerUnknown: 'unknown_provider',
  integrationConnecting: 'unknown_provider',
  notProvisioned: 'provider_not_provisioned',
  provisionDisabled: 'integration_disabled',
  provisionExpired: 'provision_expired',
  integrationDisabled: 'integration_disabled',
  modelNotOffered: 'model_not_allowed',
  modelNotAllowed: 'model_not_allowed',
  modelNotAllowedToKey: 'model_not_allowed',
  providerNotServed: 'unsupported_surface',
};

const decide = ({ entries, at }: AccessCase): RefusalCode | 'allowed' => {
  const configuration = new Configuration();
  for (const entry of entries) configuration.apply(fromProtoConfigEntry(entry));
  try {
    const headers = { authorization: `Bearer ${API_KEY}` };
    const { key } = authenticate(presentedIn(headers, { peppers: new Peppers([PEPPER]) }), configuration, at);
    resolveModel(configuration, key, { model: '@acme/small' }, at);
    return 'allowed';
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
};

/** The same cases are explained in provisioning. */
it('the gateway decides every case as it is explained', () => {
  const cases = accessCases(hashApiKey(PEPPER, API_KEY));
  expect(cases).toHaveLength(1592);
  const otherwise = cases.filter((one) => decide(one) !== CODES[one.reason]);
  expect(otherwise.map(({ faults }) => faults)).toEqual([]);
});
