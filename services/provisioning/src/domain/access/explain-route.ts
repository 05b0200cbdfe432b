import type { AccessScope } from '@gatehouse/kernel';
import {
  type AccessReason as OfferReason,
  accessReasonOf,
  callsDeployments,
  deployedModel,
  type Deployment,
  deploymentReasonOf,
  isServed,
  type OfferedModel,
  offeredModel,
} from '@gatehouse/offering';
import {
  type AccessFacts,
  type CallingKey,
  slugOf,
  type ToldIntegration,
  type ToldProvider,
  type ToldProvision,
} from './access-facts';

/** Why a call is refused, in the order in which a gateway finds out. */
export type RefusalReason =
  | 'keyUnknown'
  | 'keyRevoked'
  | 'keyExpired'
  | 'workspaceArchived'
  | 'keyScopeMissing'
  | 'providerUnknown'
  | 'integrationConnecting'
  | 'notProvisioned'
  | 'provisionDisabled'
  | 'provisionExpired'
  | 'integrationDisabled'
  | 'modelNotOffered'
  | 'modelNotAllowed'
  | 'providerNotServed'
  /** These two are metering's to find out. */
  | 'modelUnpriced'
  | 'limitExhausted';

/** Why a model is offered in a workspace, or not. */
export type ModelRule = OfferReason | 'named-by-provision' | 'not-named-by-provision' | 'not-named-by-key';

/** How far a call comes before limits are looked at. */
export interface ExplainedRoute {
  /** Absent where nothing stands against it so far. */
  readonly refused?: RefusalReason;
  readonly provision?: ToldProvision;
  readonly integration?: ToldIntegration;
  readonly rule?: ModelRule;
  /** Absent where it is refused before. */
  readonly model?: OfferedModel;
}

/** What a gateway decides of a call that names its provider, by the same facts and in the same order. */
export const explainRoute = (facts: AccessFacts): ExplainedRoute => {
  const stopped = stoppedBefore(facts);
  if (stopped) return { refused: stopped };
  const { integration, provision, published, at, model } = facts;
  if (integration === 'unknown') return { refused: 'providerUnknown' };
  if (integration === 'connecting') return { refused: 'integrationConnecting' };
  if (!provision) return { refused: 'notProvisioned', integration };
  const through = { integration, provision };
  const closed = closedBy({ ...through, published }, at);
  if (closed) return { refused: closed, ...through };
  return { ...through, ...explainModel({ ...through, published }, model, facts.key) };
};

/** What a key needs for every call. */
const SCOPE: AccessScope = 'completions.write';

/** Why the caller calls nothing at all; undefined where it does. */
const stoppedBefore = ({ key, isArchived, at }: AccessFacts): RefusalReason | undefined => {
  if (key?.status === 'revoked') return 'keyRevoked';
  if (key?.expiresAt && key.expiresAt <= at) return 'keyExpired';
  if (isArchived) return 'workspaceArchived';
  return key && key.scopes.length > 0 && !key.scopes.includes(SCOPE) ? 'keyScopeMissing' : undefined;
};

/** Why a provider cannot be called at all at a time, whatever the model; undefined where it can. */
export const closedBy = (
  { provision, integration }: ToldProvider,
  at: Date,
): 'provisionDisabled' | 'provisionExpired' | 'integrationDisabled' | undefined => {
  if (!provision.enabled) return 'provisionDisabled';
  if (provision.expiresAt && provision.expiresAt <= at) return 'provisionExpired';
  return integration.enabled ? undefined : 'integrationDisabled';
};

const explainModel = (
  provider: ToldProvider,
  asked: string,
  key: CallingKey | undefined,
): Pick<ExplainedRoute, 'refused' | 'rule' | 'model'> => {
  const { integration, provision } = provider;
  const deployment = callsDeployments(integration.dialect) ? deploymentOf(integration, asked) : undefined;
  const name = deployment?.alias ?? asked;
  const offer = offerReasonOf(provider, name, deployment);
  const model = modelOf(provider, name);
  if (!model) return { refused: 'modelNotOffered', ...(offer && { rule: offer }) };
  if (!provision.models.all && !provision.models.names.includes(name)) {
    return { refused: 'modelNotAllowed', rule: 'not-named-by-provision' };
  }
  if (key && !key.models.all && !key.models.names.includes(`@${slugOf(provider)}/${name}`)) {
    return { refused: 'modelNotAllowed', rule: 'not-named-by-key' };
  }
  const rule = provision.models.all ? offer : 'named-by-provision';
  const refused = isServed(integration.dialect) ? undefined : 'providerNotServed';
  return { model, ...(rule && { rule }), ...(refused && { refused }) };
};

/** Undefined where the integration has no such deployment. */
const offerReasonOf = (
  { integration: { dialect, decisions }, published }: ToldProvider,
  name: string,
  deployment: Deployment | undefined,
): OfferReason | undefined => {
  if (!callsDeployments(dialect)) return accessReasonOf(name, decisions, published);
  return deployment && deploymentReasonOf(deployment.alias, decisions);
};

/** The model behind a name that callers use; undefined where the integration does not offer it. */
export const modelOf = ({ integration, published }: ToldProvider, name: string): OfferedModel | undefined => {
  const { decisions, dialect } = integration;
  if (!callsDeployments(dialect)) return name === '' ? undefined : offeredModel(name, decisions, published);
  const deployment = deploymentOf(integration, name);
  return deployment && deployedModel(deployment, decisions, published);
};

/** No name means the default. */
const deploymentOf = ({ deployments }: ToldIntegration, name: string): Deployment | undefined =>
  deployments.find(({ alias, isDefault }) => (name === '' ? isDefault : alias === name));
