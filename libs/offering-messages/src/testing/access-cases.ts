import { deriveId } from '@gatehouse/kernel';
import { provisioningV1, typeV1 } from '@gatehouse/proto-gen';

const ORGANIZATION = deriveId('org', 'cases');
const WORKSPACE = deriveId('ws', 'cases');
const INTEGRATION = deriveId('int', 'cases');
const PROVISION = deriveId('prv', 'cases');
const KEY = deriveId('key', 'cases');
const NOW = new Date('2026-06-01T12:00:00Z');

/** What stands against a call, in the order in which it is found out; `allowed` where nothing does. */
const FAULTS = [
  'keyRevoked',
  'keyExpired',
  'workspaceArchived',
  'keyScopeMissing',
  'providerUnknown',
  'integrationConnecting',
  'notProvisioned',
  'provisionDisabled',
  'provisionExpired',
  'integrationDisabled',
  'modelNotOffered',
  'modelNotAllowed',
  'modelNotAllowedToKey',
  'providerNotServed',
] as const;

type Fault = (typeof FAULTS)[number];
export type CaseReason = Fault | 'allowed';

/** How a model comes to be offered, by the words that a rule has. */
const OFFERS = {
  selected: typeV1.ModelDecisions.fromPartial({ access: { selectedAt: 1n } }),
  allowed: typeV1.ModelDecisions.fromPartial({ access: { allowed: ['small'] } }),
  custom: typeV1.ModelDecisions.fromPartial({ customModels: [{ name: 'small' }] }),
  'auto-enabled': typeV1.ModelDecisions.fromPartial({ access: { autoEnable: true } }),
};

type Offer = keyof typeof OFFERS;

/** A call of `@acme/small`, and all that a gateway was told. */
export interface AccessCase {
  readonly entries: readonly provisioningV1.ConfigEntry[];
  readonly keyId: string;
  readonly workspaceId: string;
  readonly at: Date;
  readonly faults: readonly Fault[];
  /** What is to come out. */
  readonly reason: CaseReason;
  /** Of an allowed call. */
  readonly rule: Offer | 'named-by-provision';
}

/**
 * None of the faults, each, every two and all at once; with every way in which a model is offered, and with a provision that
 * names models and one that does not.
 */
export const accessCases = (keyHash: Buffer): readonly AccessCase[] =>
  [[], ...FAULTS.map((fault) => [fault]), ...pairsOf(FAULTS), [...FAULTS]].flatMap((faults) =>
    (Object.keys(OFFERS) as Offer[]).flatMap((offer) =>
      [true, false].flatMap((allModels) =>
        [false, true]
          // Of what is not provisioned, nobody can tell what it would be called.
          .filter((renamed) => !renamed || !(faults as readonly Fault[]).includes('notProvisioned'))
          .map((renamed) => caseOf(new Set(faults), offer, { allModels, renamed, keyHash })),
      ),
    ),
  );

const pairsOf = <Item>(items: readonly Item[]): readonly (readonly Item[])[] =>
  items.flatMap((first, index) => items.slice(index + 1).map((second) => [first, second]));

interface Variant {
  readonly allModels: boolean;
  /** The slug is the provision's own, and the integration has another. */
  readonly renamed: boolean;
  readonly keyHash: Buffer;
}

const caseOf = (faults: ReadonlySet<Fault>, offer: Offer, variant: Variant): AccessCase => ({
  entries: [
    ...(faults.has('keyRevoked') ? [] : [keyEntry(faults, variant.keyHash)]),
    workspaceEntry(faults.has('workspaceArchived')),
    ...(faults.has('providerUnknown')
      ? []
      : [integrationEntry(faults, offer, variant.renamed ? 'vendors' : 'acme')]),
    ...(faults.has('notProvisioned') ? [] : [provisionEntry(faults, variant.allModels)]),
    ...(variant.renamed ? [nameEntry()] : []),
    modelEntry(),
  ],
  keyId: KEY,
  workspaceId: WORKSPACE,
  at: NOW,
  faults: [...faults],
  reason: FAULTS.find((fault) => faults.has(fault)) ?? 'allowed',
  rule: variant.allModels ? offer : 'named-by-provision',
});

const keyEntry = (faults: ReadonlySet<Fault>, hash: Buffer): provisioningV1.ConfigEntry => {
  const value = provisioningV1.KeyConfig.fromPartial({
    organizationId: ORGANIZATION,
    workspaceId: WORKSPACE,
    hash,
    revision: 1n,
    scopes: faults.has('keyScopeMissing') ? ['logs.list'] : [],
    ...(faults.has('keyExpired') && { expiresAt: NOW }),
    models: { all: false, names: [faults.has('modelNotAllowedToKey') ? '@acme/another' : '@acme/small'] },
  });
  return { id: KEY, value: { $case: 'key', value }, needs: [], governs: '' };
};

const workspaceEntry = (archived: boolean): provisioningV1.ConfigEntry => {
  const value = provisioningV1.WorkspaceConfig.fromPartial({ organizationId: ORGANIZATION, archived });
  return { id: WORKSPACE, value: { $case: 'workspace', value }, needs: [], governs: '' };
};

const integrationEntry = (
  faults: ReadonlySet<Fault>,
  offer: Offer,
  slug: string,
): provisioningV1.ConfigEntry => {
  const decisions = OFFERS[offer];
  const access = typeV1.ModelAccess.fromPartial({ ...decisions.access, revoked: ['small'], allowed: [] });
  const value = provisioningV1.IntegrationConfig.fromPartial({
    organizationId: ORGANIZATION,
    slug,
    provider: 'vendor',
    dialect: faults.has('providerNotServed') ? 'of-nobody' : 'openai',
    baseUrl: 'https://vendor.example/v1',
    modelDecisions: faults.has('modelNotOffered') ? { ...decisions, access } : decisions,
    disabled: faults.has('integrationDisabled'),
    connecting: faults.has('integrationConnecting'),
  });
  return { id: INTEGRATION, value: { $case: 'integration', value }, needs: [], governs: '' };
};

const provisionEntry = (faults: ReadonlySet<Fault>, allModels: boolean): provisioningV1.ConfigEntry => {
  const isNarrower = faults.has('modelNotAllowed');
  const named = isNarrower ? ['another'] : ['small', 'another'];
  const value = provisioningV1.ProvisionConfig.fromPartial({
    organizationId: ORGANIZATION,
    workspaceId: WORKSPACE,
    integrationId: INTEGRATION,
    enabled: !faults.has('provisionDisabled'),
    allModels: allModels && !isNarrower,
    modelNames: allModels && !isNarrower ? [] : named,
    ...(faults.has('provisionExpired') && { expiresAt: NOW }),
  });
  return { id: PROVISION, value: { $case: 'provision', value }, needs: [], governs: '' };
};

const nameEntry = (): provisioningV1.ConfigEntry => {
  const value = provisioningV1.ProvisionNameConfig.fromPartial({
    organizationId: ORGANIZATION,
    workspaceId: WORKSPACE,
    provisionId: PROVISION,
    integrationId: INTEGRATION,
    slug: 'acme',
  });
  return { id: `name:${PROVISION}`, value: { $case: 'provisionName', value }, needs: [], governs: '' };
};

const modelEntry = (): provisioningV1.ConfigEntry => {
  const value = typeV1.ModelFacts.fromPartial({ kind: typeV1.ModelKind.CHAT, listedSince: 1n });
  return { id: 'model:vendor/small', value: { $case: 'model', value }, needs: [], governs: '' };
};
