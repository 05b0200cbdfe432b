import type { WorkspaceAnswer } from '@gatehouse/console/workspaces/workspace.schema';
import { useState } from 'react';
import { useAnswer } from '../../api/answers';
import { limitsInWords } from '../../limits/limit-words';
import { LimitsDialog } from '../../limits/limits-dialog';
import { Button } from '../../ui/button';
import { EmptyState } from '../../ui/empty-state';
import { type Listed, Pager } from '../../ui/list';
import { Notice, Refusal } from '../../ui/notice';
import { SearchField } from '../../ui/search-field';
import { Toggle } from '../../ui/toggle';
import { counted } from '../../ui/words';
import type { StepProps } from './step-props';
import { type ChosenWorkspace, WORKSPACES_MAX } from './connecting';
import { SealedDraft } from './sealed-draft';

const PAGE_SIZE = 25;
/** In place of a workspace's id: the limits that new workspaces begin with. */
const DEFAULTS = Symbol('defaults');

type Edited = string | typeof DEFAULTS | undefined;

/** Workspace Provisioning: who has it, and what each may spend. */
export const WorkspacesStep = ({ said, say, back, next }: StepProps) => {
  const [edited, setEdited] = useState<Edited>();
  const choose = (change: (chosen: Map<string, ChosenWorkspace>) => void) => {
    const chosen = new Map(said.workspaces);
    change(chosen);
    say({ workspaces: chosen });
  };
  const tooMany = said.workspaces.size > WORKSPACES_MAX;
  return (
    <>
      {said.draft && <SealedDraft draft={said.draft} />}
      <p>
        Each workspace gets the integration as an AI provider, with limits of its own.{' '}
        <strong>{counted(said.workspaces.size, 'workspace')} chosen.</strong>
      </p>
      <WorkspaceChoice chosen={said.workspaces} choose={choose} onEdit={setEdited} />
      {tooMany && (
        <Notice tone="bad">
          At most {WORKSPACES_MAX} workspaces are chosen one by one. Provision it to all that are there below,
          or to more of them later.
        </Notice>
      )}
      <AutoProvision said={said} say={say} editDefaults={() => setEdited(DEFAULTS)} />
      <LimitsOfEdited
        said={said}
        say={say}
        edited={edited}
        choose={choose}
        close={() => setEdited(undefined)}
      />
      <div className="row spread">
        <Button onClick={back}>Back</Button>
        <Button kind="primary" disabled={tooMany} onClick={next}>
          Next
        </Button>
      </div>
    </>
  );
};

type Choose = (change: (chosen: Map<string, ChosenWorkspace>) => void) => void;

interface WorkspaceChoiceProps {
  readonly chosen: ReadonlyMap<string, ChosenWorkspace>;
  readonly choose: Choose;
  readonly onEdit: (id: string) => void;
}

/** A page of the workspaces; what was chosen on another page, or by another search, stays chosen. */
const WorkspaceChoice = ({ chosen, choose, onEdit }: WorkspaceChoiceProps) => {
  const [search, setSearch] = useState('');
  const [page, setPage] = useState(0);
  const workspaces = useAnswer<Listed<WorkspaceAnswer>>('/v1/admin/workspaces', {
    ...{ name: search, current_page: page, page_size: PAGE_SIZE },
  });
  const shown = workspaces.data?.data ?? [];
  const look = (text: string) => {
    setSearch(text);
    setPage(0);
  };
  const selectShown = () =>
    choose((all) => {
      for (const { id, name } of shown) if (!all.has(id)) all.set(id, { id, name, limits: [] });
    });
  return (
    <>
      <div className="row wrap">
        <SearchField label="Search workspace" value={search} onChange={look} />
        <Button onClick={selectShown}>Select All</Button>
        <Button onClick={() => choose((all) => all.clear())}>Deselect All</Button>
      </div>
      <Refusal error={workspaces.error} />
      {workspaces.data?.total === 0 && (
        <EmptyState
          title={search === '' ? 'There is no workspace yet.' : `No workspace is called “${search}”.`}
        />
      )}
      <ul className="rows" aria-label="Workspaces">
        {shown.map(({ id, name }) => (
          <li key={id} className="row wrap spread">
            <Toggle
              label={name}
              help={chosen.has(id) ? limitsInWords(chosen.get(id)?.limits ?? []) : undefined}
              checked={chosen.has(id)}
              onChange={(on) =>
                choose((all) => (on ? all.set(id, { id, name, limits: [] }) : all.delete(id)))
              }
            />
            <Button
              disabled={!chosen.has(id)}
              aria-label={`Edit Budget & Rate Limits of ${name}`}
              onClick={() => onEdit(id)}
            >
              Edit Budget & Rate Limits
            </Button>
          </li>
        ))}
      </ul>
      <Pager
        page={page}
        pageSize={PAGE_SIZE}
        total={workspaces.data?.total ?? 0}
        setPage={setPage}
        of="workspaces"
      />
    </>
  );
};

interface LimitsOfEditedProps extends Pick<StepProps, 'said' | 'say'> {
  readonly edited: Edited;
  readonly choose: Choose;
  readonly close: () => void;
}

const LimitsOfEdited = ({ said, say, edited, choose, close }: LimitsOfEditedProps) => {
  const workspace = typeof edited === 'string' ? said.workspaces.get(edited) : undefined;
  if (workspace)
    return (
      <LimitsDialog
        title="Edit Budget & Rate Limits"
        description={`Of ${workspace.name} with this integration, and of nothing else.`}
        limits={workspace.limits}
        onClose={close}
        onSave={(limits) => {
          choose((all) => all.set(workspace.id, { ...workspace, limits }));
          close();
        }}
      />
    );
  if (edited !== DEFAULTS) return null;
  return (
    <LimitsDialog
      title="Default Budget & Rate Limits"
      description="What each new workspace begins with."
      limits={said.defaults}
      onClose={close}
      onSave={(defaults) => {
        say({ defaults });
        close();
      }}
    />
  );
};

const AutoProvision = ({
  said,
  say,
  editDefaults,
}: Pick<StepProps, 'said' | 'say'> & { readonly editDefaults: () => void }) => (
  <fieldset className="panel stack tight">
    <legend className="unseen">New workspaces</legend>
    <Toggle
      label="Automatically provision this integration for new workspaces"
      help={said.autoProvision ? `Each begins with ${limitsInWords(said.defaults)}.` : undefined}
      checked={said.autoProvision}
      onChange={(autoProvision) => say({ autoProvision, ...(!autoProvision && { existing: false }) })}
    />
    {said.autoProvision && (
      <>
        <div>
          <Button onClick={editDefaults}>Edit default limits</Button>
        </div>
        <Toggle
          label="And for every workspace that is there now"
          help="Those chosen above keep the limits said there."
          checked={said.existing}
          onChange={(existing) => say({ existing })}
        />
      </>
    )}
  </fieldset>
);
