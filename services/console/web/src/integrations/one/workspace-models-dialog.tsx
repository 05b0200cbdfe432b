import type { IntegrationModelAnswer } from '@gatehouse/console/integrations/own-integration.schema';
import { useState } from 'react';
import { useAnswer } from '../../api/answers';
import { ChangePreview } from '../../previews/change-preview';
import type { Listed } from '../../ui/list';
import { Notice, Refusal } from '../../ui/notice';
import { SearchField } from '../../ui/search-field';
import { Toggle } from '../../ui/toggle';
import { count } from '../../ui/words';
import { integrationPath } from '../paths';
import { ChangeDialog } from './change-dialog';
import type { PanelProps } from './panel-props';
import type { OfOne } from './provisioned';

interface WorkspaceModelsDialogProps extends PanelProps, OfOne {
  readonly onClose: () => void;
}

/** Which of the integration's models one workspace may call: all of them, or a narrower list. */
export const WorkspaceModelsDialog = ({ integration, provisioned, onClose }: WorkspaceModelsDialogProps) => {
  const { workspace, provision_id: provision, revision, models: before } = provisioned;
  const [models, setModels] = useState<readonly string[] | null>(before);
  const isSame = JSON.stringify(models) === JSON.stringify(before);
  return (
    <ChangeDialog
      title={`Models of ${workspace.name}`}
      description="Of those that the integration offers. For this workspace, and for no other."
      action="Save models"
      blocked={models?.length === 0}
      onClose={onClose}
      change={(_form, reason) => ({
        method: 'PUT',
        path: integrationPath(integration.id, 'workspaces'),
        body: { workspaces: [{ workspace_id: workspace.id, models, revision }], reason },
      })}
    >
      {() => (
        <>
          <Toggle
            label="All that the integration offers, now and later"
            checked={models === null}
            onChange={(all) => setModels(all ? null : [])}
          />
          {models !== null && <Choice integration={integration} chosen={models} onChange={setModels} />}
          <ChangePreview
            of={
              isSame || models?.length === 0
                ? undefined
                : { change: 'provision-models', provision_id: provision, models }
            }
          />
        </>
      )}
    </ChangeDialog>
  );
};

const SHOWN_MAX = 100;

interface ChoiceProps extends PanelProps {
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}

/** What was chosen by another search stays chosen. */
const Choice = ({ integration, chosen, onChange }: ChoiceProps) => {
  const [search, setSearch] = useState('');
  const offered = useAnswer<Listed<IntegrationModelAnswer>>(integrationPath(integration.id, 'models'), {
    ...{ access: 'allowed', search, page_size: SHOWN_MAX },
  });
  const { total = 0, data = [] } = offered.data ?? {};
  const choose = (name: string, on: boolean) =>
    onChange(on ? [...chosen, name] : chosen.filter((one) => one !== name));
  return (
    <fieldset className="stack tight">
      <legend>Models ({count(chosen.length)} chosen)</legend>
      <SearchField label="Search models" value={search} onChange={setSearch} />
      <Refusal error={offered.error} />
      <ul className="rows long">
        {data.map(({ name }) => (
          <li key={name}>
            <label className="choice">
              <input
                type="checkbox"
                checked={chosen.includes(name)}
                onChange={({ target }) => choose(name, target.checked)}
              />
              <code>{name}</code>
            </label>
          </li>
        ))}
      </ul>
      {total > data.length && <p className="quiet">{count(total - data.length)} more: search for them.</p>}
      {chosen.length === 0 && (
        <Notice>Choose at least one; a workspace that is to call none has it disabled.</Notice>
      )}
    </fieldset>
  );
};
