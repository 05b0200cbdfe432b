import type { WorkspaceUserAnswer } from '@gatehouse/console/members/member.schema';
import { useState } from 'react';
import { useChange } from '../api/answers';
import { Button } from '../ui/button';
import { EmptyState } from '../ui/empty-state';
import { FormDialog } from '../ui/form-dialog';
import { List } from '../ui/list';
import { Refusal } from '../ui/notice';
import { AddMemberDialog } from './add-member-dialog';
import { InviteDialog } from './invite-dialog';
import { workspacePath } from './paths';
import { nameOf } from './person';
import { type Secret, SecretDialog } from './secret-dialog';
import type { WorkspacePanelProps } from './workspace-panel';

/** People with a role in the workspace. */
export const MembersPanel = ({ workspace }: WorkspacePanelProps) => {
  const [open, setOpen] = useState<Open>();
  const changing = useChange();
  const path = workspacePath(workspace.id, 'users');
  const changeRole = ({ id }: WorkspaceUserAnswer, role: string) =>
    changing.mutate({ method: 'PUT', path: workspacePath(workspace.id, 'users', id), body: { role } });
  return (
    <>
      <div className="row end">
        <Button onClick={() => setOpen({ kind: 'add' })}>Add member</Button>
        <Button kind="primary" onClick={() => setOpen({ kind: 'invite' })}>
          Invite
        </Button>
      </div>
      <Refusal error={changing.error} />
      <List<WorkspaceUserAnswer>
        caption="Members"
        path={path}
        search="Search members"
        searchAs="email"
        keyOf={({ id }) => id}
        columns={[
          { label: 'Member', cell: (row) => nameOf(row) },
          { label: 'E-mail', cell: ({ email }) => email },
          {
            label: 'Role here',
            cell: (row) => (
              <select
                aria-label={`Role of ${nameOf(row)}`}
                value={row.role}
                disabled={changing.isPending}
                onChange={({ target }) => changeRole(row, target.value)}
              >
                <option value="member">member</option>
                <option value="admin">admin</option>
              </select>
            ),
          },
          {
            label: 'Change',
            cell: (row) => (
              <Button
                aria-label={`Remove ${nameOf(row)}`}
                onClick={() => setOpen({ kind: 'remove', member: row })}
              >
                Remove
              </Button>
            ),
          },
        ]}
        empty={<EmptyState title="Nobody has a role here yet." />}
      />
      <MemberDialogs workspace={workspace} open={open} onChange={setOpen} />
    </>
  );
};

interface MemberDialogsProps extends WorkspacePanelProps {
  readonly open: Open | undefined;
  readonly onChange: (open: Open | undefined) => void;
}

const MemberDialogs = ({ workspace, open, onChange }: MemberDialogsProps) => {
  const close = () => onChange(undefined);
  return (
    <>
      {open?.kind === 'add' && <AddMemberDialog workspace={workspace} onClose={close} />}
      {open?.kind === 'invite' && (
        <InviteDialog
          workspace={workspace}
          onClose={close}
          onDone={({ invite_link: text }) =>
            onChange({ kind: 'secret', secret: { title: 'The token that accepts the invite', text } })
          }
        />
      )}
      {open?.kind === 'remove' && (
        <FormDialog
          title={`Remove ${nameOf(open.member)}`}
          description="From this workspace. The keys that they have here end with it."
          action="Remove"
          danger
          onClose={close}
          change={() => ({ method: 'DELETE', path: workspacePath(workspace.id, 'users', open.member.id) })}
        />
      )}
      {open?.kind === 'secret' && <SecretDialog secret={open.secret} onClose={close} />}
    </>
  );
};

type Open =
  | { readonly kind: 'add' | 'invite' }
  | { readonly kind: 'remove'; readonly member: WorkspaceUserAnswer }
  | { readonly kind: 'secret'; readonly secret: Secret };
