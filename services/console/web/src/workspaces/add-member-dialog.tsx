import type { UserAnswer } from '@gatehouse/console/members/member.schema';
import { useState } from 'react';
import { useAnswer } from '../api/answers';
import { Field } from '../ui/field';
import { FormDialog, said } from '../ui/form-dialog';
import type { Listed } from '../ui/list';
import { SearchField } from '../ui/search-field';
import { workspacePath } from './paths';
import { nameOf } from './person';
import { RoleField } from './role-field';
import type { WorkspacePanelProps } from './workspace-panel';

interface AddMemberDialogProps extends WorkspacePanelProps {
  readonly onClose: () => void;
}

/** Who is a member of the organization already. */
export const AddMemberDialog = ({ workspace, onClose }: AddMemberDialogProps) => {
  const [search, setSearch] = useState('');
  const found = useAnswer<Listed<UserAnswer>>('/v1/admin/users', { email: search, page_size: 25 });
  return (
    <FormDialog
      title="Add member"
      action="Add"
      onClose={onClose}
      change={(form) => ({
        method: 'POST',
        path: workspacePath(workspace.id, 'users'),
        body: { users: [{ id: said(form, 'member'), role: said(form, 'role') }] },
      })}
    >
      {() => (
        <>
          <SearchField label="Search the organization’s members" value={search} onChange={setSearch} />
          <Field label="Member" help={found.data ? found.error?.message : 'Loading…'}>
            {(control) => (
              <select {...control} name="member" required>
                {found.data?.data.map((person) => (
                  <option key={person.id} value={person.id}>
                    {nameOf(person)}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <RoleField />
        </>
      )}
    </FormDialog>
  );
};
