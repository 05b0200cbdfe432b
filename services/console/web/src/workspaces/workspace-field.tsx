import type { WorkspaceAnswer } from '@gatehouse/console/workspaces/workspace.schema';
import { useState } from 'react';
import { useAnswer } from '../api/answers';
import { Field } from '../ui/field';
import type { Listed } from '../ui/list';
import { SearchField } from '../ui/search-field';
import { WORKSPACES } from './paths';

export type NamedWorkspace = Pick<WorkspaceAnswer, 'id' | 'name'>;

interface WorkspaceFieldProps {
  readonly label?: string;
  /** What stands before the workspaces and is none: all of them, the organization. */
  readonly none?: string;
  /** By which a form reads the id; else it is kept by whoever shows this. */
  readonly name?: string;
  readonly kept?: {
    readonly workspace: NamedWorkspace | undefined;
    readonly onChange: (workspace: NamedWorkspace | undefined) => void;
  };
}

const LISTED = 200;

/** One of the organization's workspaces. Where there are more than are listed, the server looks for names. */
export const WorkspaceField = ({ label = 'Workspace', none, name, kept }: WorkspaceFieldProps) => {
  const [search, setSearch] = useState('');
  const { data } = useAnswer<Listed<WorkspaceAnswer>>(WORKSPACES, { name: search, page_size: LISTED });
  const found: readonly NamedWorkspace[] = data?.data ?? [];
  const chosen = kept?.workspace;
  // What was chosen stays, whatever is looked for next.
  const listed = chosen && !found.some(({ id }) => id === chosen.id) ? [chosen, ...found] : found;
  return (
    <>
      {(search !== '' || (data?.total ?? 0) > LISTED) && (
        <SearchField label="Find by name" value={search} onChange={setSearch} />
      )}
      <Field label={label}>
        {(control) => (
          <select
            {...control}
            name={name}
            required={none === undefined}
            {...(kept && {
              value: chosen?.id ?? '',
              onChange: ({ target }) => kept.onChange(listed.find(({ id }) => id === target.value)),
            })}
          >
            {none !== undefined && <option value="">{none}</option>}
            {listed.map(({ id, name: called }) => (
              <option key={id} value={id}>
                {called}
              </option>
            ))}
          </select>
        )}
      </Field>
    </>
  );
};
