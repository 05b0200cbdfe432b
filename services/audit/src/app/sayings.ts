import type { EventFields, PastEvent } from './history.ports';

type Fields = Readonly<Record<string, unknown>>;

/** What an event says by one of its fields. */
export interface Saying {
  readonly field: string;
  /** What is spoken of: the same text for all that say something of the same thing in a stream. */
  readonly of: string;
  /** As JSON; undefined: nothing. */
  readonly value: unknown;
  /** It is empty, and recorded by being left out. */
  readonly leftOut: boolean;
}

/** What an event says, by all the fields that events of its type have. */
export const sayingsOf = (
  { type, dataJson }: Pick<PastEvent, 'type' | 'dataJson'>,
  fields: EventFields,
): readonly Saying[] => {
  const data = fieldsIn(JSON.parse(dataJson));
  const leftOut = fields.leftOut(type);
  const one = oneOf(type, data);
  const unsaid = STAYS[type] ?? [];
  const steps = STEPS[type] ?? [];
  return [
    ...Object.entries(data).map(([field, value]) => ({ field, value, leftOut: false })),
    ...Object.entries(leftOut)
      .filter(([field]) => !Object.hasOwn(data, field) && !unsaid.includes(field))
      .map(([field, value]) => ({ field, value, leftOut: true })),
  ]
    .filter(({ field }) => !steps.includes(field))
    .map((said) => ({ ...said, of: `${one}${said.field}` }));
};

/** What there is nothing of any more after an event, as the beginning of what sayings are of; undefined: it ends nothing. */
export const endedBy = ({ type, dataJson }: Pick<PastEvent, 'type' | 'dataJson'>): string | undefined =>
  ENDS.includes(type) ? oneOf(type, fieldsIn(JSON.parse(dataJson))) : undefined;

/**
 * Where a stream tells of many of a kind: the kind, and where an event names the one that it tells of. What was said of another, or by
 * the same word of something else, is nothing that this one was.
 */
export const ONE_OF: Readonly<Record<string, readonly [kind: string, ...path: string[]]>> = {
  WorkspaceKeyLimitsChanged: ['each key'],
  DeploymentAdded: ['deployment', 'deployment', 'alias'],
  DeploymentChanged: ['deployment', 'deployment', 'alias'],
  DeploymentRemoved: ['deployment', 'alias'],
  CustomModelDefined: ['custom model', 'model', 'name'],
  CustomModelRemoved: ['custom model', 'name'],
  PriceOverridden: ['price', 'model'],
  PriceOverrideRemoved: ['price', 'model'],
  IntegrationKeyDestructionScheduled: ['key', 'keyId'],
  IntegrationKeyDestroyed: ['key', 'keyId'],
  ProvisionNamed: ['provision', 'provisionId'],
  MemberInvited: ['invite', 'inviteId'],
  InviteResent: ['invite', 'inviteId'],
  InviteCancelled: ['invite', 'inviteId'],
  MemberJoined: ['member', 'memberId'],
  MemberRolesChanged: ['member', 'memberId'],
  MemberRemoved: ['member', 'memberId'],
  SignInLinkMade: ['link', 'hash'],
  SessionBegan: ['session', 'sessionId'],
  SessionEnded: ['session', 'sessionId'],
  ProposalApproved: ['approval'],
  LeaseQuarantined: ['lease', 'leaseId'],
  QuarantineReleased: ['lease', 'leaseId'],
  HoldExceeded: ['lease', 'leaseId'],
  UsageRerated: ['batch', 'batch'],
};

/** Events after which what comes is another, though it be called the same. */
export const ENDS: readonly string[] = [
  'DeploymentRemoved',
  'CustomModelRemoved',
  'PriceOverrideRemoved',
  'AutoProvisionTurnedOff',
  'SecretReferenceRemoved',
  'SlugReleased',
  'WorkspaceNameReleased',
];

/** Fields that say what is added or taken away, and not what is from then on. */
export const STEPS: Readonly<Record<string, readonly string[]>> = {
  IntegrationModelsAllowed: ['names'],
  IntegrationModelsRevoked: ['names'],
  BulkProvisionCarriedOut: ['outcomes'],
};

/** Fields that say nothing where they are left out: it stays as it was. */
export const STAYS: Readonly<Record<string, readonly string[]>> = {
  IntegrationReconfigured: [
    'credentialVersion',
    'credentialFingerprint',
    'references',
    'credentialExpiresAt',
  ],
  WorkspaceNameReserved: ['limits', 'slug', 'details'],
};

const oneOf = (type: string, data: Fields): string => {
  const [kind, ...path] = ONE_OF[type] ?? [];
  if (kind === undefined) return '';
  const named = path.reduce<unknown>((value, name) => fieldsIn(value)[name], data);
  return `${JSON.stringify([kind, path.length === 0 ? null : named])} `;
};

const fieldsIn = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};
