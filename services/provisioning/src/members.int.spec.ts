import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, until } from '@gatehouse/kernel/testing';
import { advisoryKey } from '@gatehouse/postgres';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { ROSTER } from './app/roster/roster.ports';
import {
  asked,
  type Clients,
  issueRequest,
  ProvisioningBench,
  refusalOf,
  type Tenant,
  workspaceRequest,
} from './testing/provisioning-bench';

const { ApiKeyKind, ApiKeyRole, InviteStatus, OrganizationRole, WorkspaceRole } = provisioningV1;
// Long enough that no random text has it.
const NAME = 'Ann the Example';
const EMAIL = 'Ann.Example@mail.example';

describe('members', () => {
  let bench: ProvisioningBench;
  let acme: Tenant;
  let owner: Clients;
  let workspaceId = '';

  const inviteRequest = (email: string, organization = OrganizationRole.MEMBER, more: object = {}) =>
    provisioningV1.InviteMemberRequest.fromPartial(asked({ email, roles: { organization }, ...more }));
  const accept = (token: string, name: string) => bench.withKey(token).members.acceptInvite(asked({ name }));
  const join = async (email: string, organization = OrganizationRole.MEMBER, workspaces: object[] = []) => {
    const request = inviteRequest(email, organization, { roles: { organization, workspaces } });
    const { token } = await owner.members.inviteMember(request);
    return (await accept(token, email.split('@')[0] ?? '')).member?.id ?? '';
  };
  const people = async (): Promise<readonly { id: string; email: string; name: string }[]> =>
    (await bench.pool.query('SELECT id, email, name FROM provisioning.person ORDER BY noted_at')).rows;

  beforeAll(async () => {
    bench = await ProvisioningBench.open();
    acme = await bench.tenant('Acme');
    const issued = await bench
      .as('operator')
      .keys.issueApiKey(
        issueRequest({ organizationId: acme.organizationId, role: ApiKeyRole.OWNER, name: 'owner' }),
      );
    owner = bench.withKey(issued.secret);
    const made = await owner.workspaces.createWorkspace(workspaceRequest({ name: 'Research' }));
    workspaceId = made.workspace?.id ?? '';
  }, 120_000);
  afterAll(() => bench.close());

  it('begin with an owner whom the operator invites, and nobody else', async () => {
    const { members } = bench.as('operator');
    const { organizationId } = acme;
    const invite = (role: provisioningV1.OrganizationRole) =>
      members.inviteMember(inviteRequest('first@mail.example', role, { organizationId }));
    expect(await refusalOf(invite(OrganizationRole.ADMIN))).toBe('FORBIDDEN OPERATOR_INVITES_OWNERS');
    const { token, invite: sent } = await invite(OrganizationRole.OWNER);
    expect(sent).toMatchObject({ email: 'first@mail.example', status: InviteStatus.PENDING });
    const { member, position } = await accept(token, 'First');
    expect(member).toMatchObject({ name: 'First', email: 'first@mail.example', organizationId });
    expect(member?.roles).toEqual({ organization: OrganizationRole.OWNER, workspaces: [] });
    const read = await owner.members.getMember({ memberId: member?.id ?? '', atLeastPosition: position });
    expect(read.member).toEqual(member);
    const last = owner.members.removeMember(asked({ memberId: member?.id ?? '' }));
    expect(await refusalOf(last)).toBe('REFUSED LAST_OWNER');
  });

  it('are invited once by an address, whatever its case, and accept once by the token alone', async () => {
    const request = inviteRequest(EMAIL, OrganizationRole.AUDITOR, {
      roles: {
        organization: OrganizationRole.AUDITOR,
        workspaces: [{ workspaceId, role: WorkspaceRole.ADMIN }],
      },
    });
    const sent = await acme.admin.members.inviteMember(request);
    // Shown once.
    expect(sent.token).toMatch(/^ghi_/);
    expect(await acme.admin.members.inviteMember(request)).toEqual({ ...sent, token: '' });
    const again = acme.admin.members.inviteMember(inviteRequest(EMAIL.toUpperCase()));
    expect(await refusalOf(again)).toBe('CONFLICT ALREADY_INVITED');
    const { member } = await accept(sent.token, NAME);
    expect(member).toMatchObject({ name: NAME, email: EMAIL });
    expect(await refusalOf(accept(sent.token, 'Eve'))).toBe('REFUSED INVITE_ACCEPTED');
    const taken = acme.admin.members.inviteMember(inviteRequest(EMAIL.toLowerCase()));
    expect(await refusalOf(taken)).toBe('CONFLICT EMAIL_TAKEN');
    // What was refused left nobody behind, and changed nobody.
    expect((await people()).map(({ name, email }) => [name, email])).toContainEqual([NAME, EMAIL]);
    expect((await people()).filter(({ email }) => email.toLowerCase() === EMAIL.toLowerCase())).toHaveLength(
      1,
    );
  });

  it('are one of many who ask with the same token at the same moment', async () => {
    const { token } = await owner.members.inviteMember(inviteRequest('race@mail.example'));
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) => refusalOf(accept(token, `Racer ${index}`))),
    );
    expect(answers.filter((answer) => answer === 'accepted')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'REFUSED INVITE_ACCEPTED')).toHaveLength(5);
  });

  it('do not get in by a token that was replaced, cancelled, has ended, or was made up', async () => {
    const { token, invite } = await owner.members.inviteMember(inviteRequest('late@mail.example'));
    const inviteId = invite?.id ?? '';
    // What a busy machine comes to too late is asked again.
    const { end, resent } = await eventually(async () => {
      const soon = new Date(Date.now() + 400);
      return { end: soon, resent: await owner.members.resendInvite(asked({ inviteId, expiresAt: soon })) };
    });
    expect(resent.invite?.expiresAt).toEqual(end);
    expect(await refusalOf(accept(token, 'Late'))).toBe('NOT_FOUND INVITE_UNKNOWN');
    await until(async () => Date.now() > end.getTime());
    expect(await refusalOf(accept(resent.token, 'Late'))).toBe('REFUSED INVITE_EXPIRED');
    const list = (statuses: provisioningV1.InviteStatus[]) =>
      owner.members.listInvites(
        provisioningV1.ListInvitesRequest.fromPartial({ statuses, search: 'LATE@', orderBy: 'email' }),
      );
    expect((await list([InviteStatus.EXPIRED])).invites.map(({ id }) => id)).toEqual([inviteId]);
    expect((await list([InviteStatus.PENDING])).totalSize).toBe(0);
    const last = await owner.members.resendInvite(
      provisioningV1.ResendInviteRequest.fromPartial(asked({ inviteId })),
    );
    const cancelled = await owner.members.cancelInvite(asked({ inviteId }));
    const atLeastPosition = cancelled.position;
    const shown = await owner.members.getInvite({ inviteId, atLeastPosition });
    expect(shown.invite).toEqual(cancelled.invite);
    const nobodys = owner.members.getInvite({ inviteId: `inv_${'0'.repeat(26)}`, atLeastPosition });
    expect(await refusalOf(nobodys)).toBe('NOT_FOUND INVITE_UNKNOWN');
    expect(await refusalOf(accept(last.token, 'Late'))).toBe('REFUSED INVITE_CANCELLED');
    expect((await people()).map(({ email }) => email)).not.toContain('late@mail.example');
    const madeUp = `${last.token.slice(0, -1)}${last.token.endsWith('A') ? 'B' : 'A'}`;
    expect(await refusalOf(accept(madeUp, 'Late'))).toBe('UNAUTHENTICATED CREDENTIALS_UNKNOWN');
    // A token opens its invite and nothing else.
    const elsewhere = bench.withKey(last.token).workspaces;
    const read = elsewhere.getWorkspace({ workspaceId, atLeastPosition: '' });
    expect(await refusalOf(read)).toBe('FORBIDDEN PERMISSION_DENIED');
  });

  it('are listed by workspace, role, name and address', async () => {
    const ann = await owner.members.listMembers(
      provisioningV1.ListMembersRequest.fromPartial({ workspaceId, role: OrganizationRole.AUDITOR }),
    );
    expect(ann.members.map(({ name }) => name)).toEqual([NAME]);
    const found = async (fields: Partial<provisioningV1.ListMembersRequest>) =>
      (await owner.members.listMembers(provisioningV1.ListMembersRequest.fromPartial(fields))).members.map(
        ({ name }) => name,
      );
    expect(await found({ search: 'ANN.EX' })).toEqual([NAME]);
    expect(await found({ search: 'firs', orderBy: 'name desc' })).toEqual(['First']);
    const other = await bench.tenant('Other');
    const none = await other.admin.members.listMembers(provisioningV1.ListMembersRequest.fromPartial({}));
    expect(none.totalSize).toBe(0);
    const foreign = other.admin.members.getMember({
      memberId: ann.members[0]?.id ?? '',
      atLeastPosition: '',
    });
    expect(await refusalOf(foreign)).toBe('NOT_FOUND MEMBER_UNKNOWN');
  });

  it('that are owners are tended by owners', async () => {
    const id = await join('second@mail.example', OrganizationRole.OWNER);
    const remove = (as: Clients) => refusalOf(as.members.removeMember(asked({ memberId: id })));
    expect(await remove(acme.admin)).toBe('FORBIDDEN OWNERS_TEND_OWNERS');
    expect(await remove(owner)).toBe('accepted');
    expect(await remove(owner)).toBe('accepted');
  });

  it('keep an owner, however many owners go at the same moment', async () => {
    const ids = [];
    for (const name of ['o1', 'o2', 'o3'])
      ids.push(await join(`${name}@mail.example`, OrganizationRole.OWNER));
    const { members: all } = await owner.members.listMembers(
      provisioningV1.ListMembersRequest.fromPartial({ role: OrganizationRole.OWNER }),
    );
    expect(all.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
    const answers = await Promise.all(
      all.map(({ id }, index) =>
        refusalOf(
          index % 2 === 0
            ? owner.members.removeMember(asked({ memberId: id }))
            : owner.members.changeMemberRoles(
                provisioningV1.ChangeMemberRolesRequest.fromPartial(
                  asked({ memberId: id, roles: { organization: OrganizationRole.ADMIN } }),
                ),
              ),
        ),
      ),
    );
    expect(answers.filter((answer) => answer === 'REFUSED LAST_OWNER')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'accepted')).toHaveLength(all.length - 1);
  });

  describe('have keys', () => {
    const issue = (memberId: string, role: provisioningV1.ApiKeyRole) =>
      owner.keys.issueApiKey(
        issueRequest({
          memberId,
          role,
          workspaceId:
            role === ApiKeyRole.WORKSPACE || role === ApiKeyRole.WORKSPACE_ADMIN ? workspaceId : '',
          name: 'of a person',
        }),
      );
    const works = async (secret: string) =>
      (await refusalOf(
        bench.withKey(secret).keys.listApiKeys(provisioningV1.ListApiKeysRequest.create()),
      )) === 'accepted';

    it('that open what they may themselves, and no more', async () => {
      const id = await join('keys@mail.example', OrganizationRole.MEMBER, [
        { workspaceId, role: WorkspaceRole.MEMBER },
      ]);
      const answer = (role: provisioningV1.ApiKeyRole) => refusalOf(issue(id, role));
      expect(await answer(ApiKeyRole.ADMIN)).toBe('REFUSED KEY_ABOVE_MEMBER');
      expect(await answer(ApiKeyRole.AUDITOR)).toBe('REFUSED KEY_ABOVE_MEMBER');
      expect(await answer(ApiKeyRole.WORKSPACE_ADMIN)).toBe('REFUSED KEY_ABOVE_MEMBER');
      const { apiKey } = await issue(id, ApiKeyRole.WORKSPACE);
      expect(apiKey?.memberId).toBe(id);
      const nobody = issue(`mbr_${'0'.repeat(26)}`, ApiKeyRole.WORKSPACE);
      expect(await refusalOf(nobody)).toBe('NOT_FOUND MEMBER_UNKNOWN');
    });

    it('that issue keys of the same member by themselves, unless it is said that they are of a service', async () => {
      const id = await join('issuer@mail.example', OrganizationRole.ADMIN);
      const { keys } = bench.withKey((await issue(id, ApiKeyRole.ADMIN)).secret);
      const holder = async (as: Clients['keys'], fields: Partial<provisioningV1.IssueApiKeyRequest>) =>
        (await as.issueApiKey(issueRequest({ role: ApiKeyRole.AUDITOR, name: 'unnamed', ...fields }))).apiKey
          ?.memberId;
      expect(await holder(keys, {})).toBe(id);
      expect(await holder(keys, { kind: ApiKeyKind.PERSON })).toBe(id);
      expect(await holder(keys, { kind: ApiKeyKind.SERVICE })).toBe('');
      expect(await holder(owner.keys, {})).toBe('');
      const nobodys = holder(owner.keys, { kind: ApiKeyKind.PERSON });
      expect(await refusalOf(nobodys)).toBe('REFUSED CALLER_IS_NO_MEMBER');
      const both = holder(keys, { kind: ApiKeyKind.SERVICE, memberId: id });
      expect(await refusalOf(both)).toBe('INVALID REQUEST_INVALID');
      // What the member may not hold, the member's key does not issue by itself either.
      const above = keys.issueApiKey(issueRequest({ role: ApiKeyRole.OWNER, name: 'above' }));
      expect(await refusalOf(above)).toBe('REFUSED KEY_ABOVE_MEMBER');
    });

    it('that end with the membership, as name and address do, and nothing of them is in the log', async () => {
      const id = await join('leaver@mail.example', OrganizationRole.ADMIN);
      const { secret } = await issue(id, ApiKeyRole.ADMIN);
      const { secret: kept } = await owner.keys.issueApiKey(
        issueRequest({ role: ApiKeyRole.ADMIN, name: 'of a service' }),
      );
      expect(await works(secret)).toBe(true);
      await owner.members.removeMember(asked({ memberId: id }));
      await eventually(async () => expect(await works(secret)).toBe(false));
      expect(await works(kept)).toBe(true);
      expect((await people()).map((person) => person.id)).not.toContain(id);
      const { rows } = await bench.pool.query<{ text: string }>(
        `SELECT string_agg(data::text || metadata::text, ' ') AS text FROM event_store.event`,
      );
      for (const secretText of ['leaver', NAME, EMAIL, 'mail.example']) {
        expect(rows[0]?.text).not.toContain(secretText);
      }
      expect(await refusalOf(issue(id, ApiKeyRole.ADMIN))).toBe('NOT_FOUND MEMBER_UNKNOWN');
      // The address is free again.
      await join('leaver@mail.example');
    });

    it('that end whatever request ids their holder has used', async () => {
      const id = await join('taker@mail.example', OrganizationRole.ADMIN);
      const { secret, apiKey } = await issue(id, ApiKeyRole.ADMIN);
      const rotated = await bench.withKey(secret).keys.rotateApiKey(
        provisioningV1.RotateApiKeyRequest.fromPartial({
          ...asked({ apiKeyId: apiKey?.id ?? '' }),
          requestId: `lost-by-${id}`,
        }),
      );
      expect(await works(rotated.secret)).toBe(true);
      expect(await refusalOf(owner.members.removeMember(asked({ memberId: id })))).toBe('accepted');
      await eventually(async () => expect(await works(rotated.secret)).toBe(false));
    });

    it('that end when the member may less, and no others', async () => {
      const id = await join('less@mail.example', OrganizationRole.ADMIN);
      const [admin, auditor] = [await issue(id, ApiKeyRole.ADMIN), await issue(id, ApiKeyRole.AUDITOR)];
      const roles = { organization: OrganizationRole.AUDITOR };
      await owner.members.changeMemberRoles(
        provisioningV1.ChangeMemberRolesRequest.fromPartial(asked({ memberId: id, roles })),
      );
      await eventually(async () => expect(await works(admin.secret)).toBe(false));
      expect(await works(auditor.secret)).toBe(true);
    });

    it('that stay where the projection of the roster has yet to hear that the member may more', async () => {
      const id = await join('more@mail.example');
      const projections = await bench.pool.connect();
      const lock = advisoryKey(`projection provisioning.${ROSTER}`);
      await projections.query('SELECT pg_advisory_lock($1)', [lock]);
      const roles = { organization: OrganizationRole.ADMIN };
      const changed = owner.members.changeMemberRoles(
        provisioningV1.ChangeMemberRolesRequest.fromPartial(asked({ memberId: id, roles })),
      );
      const issued = await eventually(() => issue(id, ApiKeyRole.ADMIN));
      await sleep(1_500);
      await projections.query('SELECT pg_advisory_unlock($1)', [lock]);
      projections.release();
      await changed;
      const recorded = await bench.store.read(`apikey-${issued.apiKey?.id}`);
      expect(recorded.map(({ type }) => type)).toEqual(['ApiKeyIssued']);
    });

    it('that end also when the removal was cut off before anything followed from it', async () => {
      const id = await join('crash@mail.example', OrganizationRole.ADMIN);
      const { secret } = await issue(id, ApiKeyRole.ADMIN);
      expect(await works(secret)).toBe(true);
      const { organizationId } = acme;
      const removal = { organizationId, memberId: id };
      await bench.append(organizationId, `roster-${organizationId}`, 'MemberRemoved', removal);
      await eventually(async () => expect(await works(secret)).toBe(false));
      await eventually(async () => expect((await people()).map((person) => person.id)).not.toContain(id));
    });
  });
});
