import type { EventMetadata } from '@gatehouse/event-store';
import { type ApiKeyId, AppError, Clock, type MemberId, type OrganizationRole } from '@gatehouse/kernel';
import { Projections } from '@gatehouse/platform';
import { Command, CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { rosterOf } from '../../domain/roster/roster';
import { ChangeApiKeyCommand } from '../api-key/change-api-key.handler';
import { IssueApiKeyCommand } from '../api-key/issue-api-key.handler';
import { DIRECTORY } from '../directory.ports';
import { RosterStreams } from '../roster/roster-streams';
import { EmailFingerprints, RosterDirectory } from '../roster/roster.ports';
import { CreateSessionCommand, type ToldSession } from './create-session.handler';
import { SessionLifetimes } from './session.ports';
import { SigningKeys } from './signing-keys';

/** What keys are called that are issued to who signs in, and told nobody. */
export const SIGN_IN_KEY_NAME = 'signed in by identity provider';

/** Who signs in, as a verified ID token says. */
export interface SignedInPerson {
  /** Of the token, in hex. */
  readonly tokenHash: string;
  readonly email: string;
  readonly role: OrganizationRole | undefined;
}

export class SignInPersonCommand extends Command<ToldSession> {
  constructor(
    /** By provisioning, from where the token was presented. */
    readonly metadata: EventMetadata,
    readonly person: SignedInPerson,
  ) {
    super();
  }
}

/** Each sign-in has a key of its own, whose id derives from the token: that it was used is in the log, by the key that there is. */
@CommandHandler(SignInPersonCommand)
export class SignInPersonHandler implements ICommandHandler<SignInPersonCommand> {
  constructor(
    private readonly commands: CommandBus,
    private readonly rosters: RosterStreams,
    private readonly directory: RosterDirectory,
    private readonly fingerprints: EmailFingerprints,
    private readonly keys: SigningKeys,
    private readonly lifetimes: SessionLifetimes,
    private readonly projections: Projections,
    private readonly clock: Clock,
  ) {}

  async execute({ metadata, person }: SignInPersonCommand): Promise<ToldSession> {
    const { organizationId } = metadata;
    const memberId = await this.memberOf(metadata, person.email);
    if (person.role === undefined) {
      await this.endOthers(metadata, memberId, undefined);
      throw new AppError('FORBIDDEN', 'GROUPS_WITHOUT_ROLE');
    }
    const id = await this.issue(metadata, memberId, { ...person, role: person.role });
    await this.endOthers(metadata, memberId, person.role);
    const { hash } = await this.keys.find(organizationId, id);
    const { address } = metadata.actor;
    const signedIn = { ...metadata, actor: { kind: 'apiKey', id, address } as const };
    return this.commands.execute(new CreateSessionCommand(signedIn, id, { secretHash: hash }));
  }

  /** FORBIDDEN `MEMBER_UNKNOWN`. */
  private async memberOf({ organizationId }: EventMetadata, email: string): Promise<MemberId> {
    const fingerprint = this.fingerprints.of(organizationId, email);
    const { members } = rosterOf((await this.rosters.find(organizationId))?.state);
    for (const { memberId, removed, emailFingerprint } of members.values())
      if (!removed && emailFingerprint === fingerprint) return memberId;
    throw new AppError('FORBIDDEN', 'MEMBER_UNKNOWN');
  }

  /** UNAUTHENTICATED `ID_TOKEN_USED`; REFUSED `KEY_ABOVE_MEMBER`. Answers once the directory has the key. */
  private async issue(
    metadata: EventMetadata,
    memberId: MemberId,
    { role, tokenHash }: SignedInPerson & { readonly role: OrganizationRole },
  ): Promise<ApiKeyId> {
    const wanted = {
      ...{ reach: { role }, name: SIGN_IN_KEY_NAME, limits: [], scopes: [], models: { all: true } as const },
      expiresAt: new Date(this.clock.now().getTime() + this.lifetimes.longestMs),
      rotateEveryDays: 0,
    };
    const once = { ...metadata, requestId: `id-token-${tokenHash}`, command: 'IssueApiKey' };
    const told = await this.commands.execute(
      new IssueApiKeyCommand(once, { kind: 'product' }, wanted, { memberId }),
    );
    // Whoever was first has been told it.
    if (told.secret === '') throw new AppError('UNAUTHENTICATED', 'ID_TOKEN_USED');
    await this.projections.waitFor(DIRECTORY, String(told.position));
    return told.view.id;
  }

  /** Revokes what the person signed in with before under another role than the groups have now. */
  private async endOthers(
    metadata: EventMetadata,
    memberId: MemberId,
    role: OrganizationRole | undefined,
  ): Promise<void> {
    const { organizationId } = metadata;
    const keys = await this.directory.keysNamed(organizationId, memberId, SIGN_IN_KEY_NAME, this.clock.now());
    for (const key of keys.filter((one) => one.role !== role)) {
      const revoking = {
        ...metadata,
        ...{ command: 'RevokeApiKey', requestId: `${metadata.requestId}-${key.apiKeyId}` },
        reason: 'the groups of who signed in have changed',
      };
      const target = { metadata: revoking, manager: { kind: 'product' } as const, apiKeyId: key.apiKeyId };
      await this.commands.execute(new ChangeApiKeyCommand(target, { type: 'RevokeApiKey' }));
    }
  }
}
