import { AppError, type IntegrationId } from '@gatehouse/kernel';
import { decidedAfter, type ModelDecision, type ModelDecisions } from '@gatehouse/offering';
import type { LiveIntegration } from './integration';
import type { IntegrationEvent } from './integration.events';

/** What becomes of the selection first, then of auto-enabling, then of single models. */
export interface ChangeModelAccess {
  readonly type: 'ChangeModelAccess';
  readonly integrationId: IntegrationId;
  /** All that the catalog lists in a version of it, or none. */
  readonly selection?:
    { readonly kind: 'all'; readonly selectedAt: bigint } | { readonly kind: 'none' } | undefined;
  readonly autoEnable?: boolean | undefined;
  /** Catalogued or not. None is also to be revoked. */
  readonly allow: readonly string[];
  readonly revoke: readonly string[];
}

/** So many allowed and revoked together that what gateways are told of an integration stays far below what they take. */
export const DECIDED_NAMES_MAX = 2_000;

/**
 * What is so already is not recorded. Selecting none turns auto-enabling off, unless the command says otherwise: nothing
 * is allowed then but what it allows. REFUSED `MODEL_NAMES_EXHAUSTED` beyond the largest number of names.
 */
export const changeModelAccess = (
  command: ChangeModelAccess,
  { details }: LiveIntegration,
): readonly IntegrationEvent[] => {
  const { integrationId } = command;
  const decided: ModelDecision[] = [];
  let decisions = details.modelDecisions;
  for (const decisionOn of STEPS) {
    const decision = decisionOn(command, decisions);
    if (decision === undefined) continue;
    decided.push(decision);
    decisions = decidedAfter(decisions, decision);
  }
  if (decided.length > 0) assertFewNames(decisions);
  return decided.map((decision) => ({ ...decision, integrationId }));
};

/** A step of a change, where it changes anything. */
type Step = (command: ChangeModelAccess, decisions: ModelDecisions) => ModelDecision | undefined;

/** What the same command allows or revokes by name stands in no selection's way: twice the same changes nothing. */
const select: Step = (command, { access, customModels }) => {
  const { selection, allow: toAllow, revoke: toRevoke } = command;
  const { allowed, revoked } = access;
  switch (selection?.kind) {
    case 'all': {
      const { selectedAt } = selection;
      const done = access.selectedAt === selectedAt && [...revoked].every((name) => toRevoke.includes(name));
      return done ? undefined : { type: 'ListedModelsSelected', selectedAt };
    }
    case 'none': {
      const kept = (name: string): boolean => toAllow.includes(name);
      const done =
        access.selectedAt === 0n &&
        [...allowed].every(kept) &&
        [...customModels.keys()].every((name) => revoked.has(name) || kept(name));
      return done ? undefined : { type: 'ModelSelectionCleared' };
    }
    case undefined:
      return undefined;
  }
};

const autoEnable: Step = ({ selection, autoEnable: asked }, { access }) => {
  const wanted = asked ?? (selection?.kind === 'none' ? false : access.autoEnable);
  if (wanted === access.autoEnable) return undefined;
  return { type: wanted ? 'AutoEnableModelsTurnedOn' : 'AutoEnableModelsTurnedOff' };
};

const allow: Step = ({ allow: asked }, { access }) => {
  const names = newNames(asked, access.allowed);
  return names.length === 0 ? undefined : { type: 'IntegrationModelsAllowed', names };
};

const revoke: Step = ({ revoke: asked }, { access }) => {
  const names = newNames(asked, access.revoked);
  return names.length === 0 ? undefined : { type: 'IntegrationModelsRevoked', names };
};

const STEPS: readonly Step[] = [select, autoEnable, allow, revoke];

const newNames = (asked: readonly string[], known: ReadonlySet<string>): readonly string[] =>
  [...new Set(asked)].filter((name) => !known.has(name));

const assertFewNames = ({ access }: ModelDecisions): void => {
  if (access.allowed.size + access.revoked.size <= DECIDED_NAMES_MAX) return;
  throw new AppError('REFUSED', 'MODEL_NAMES_EXHAUSTED', { metadata: { names: String(DECIDED_NAMES_MAX) } });
};
