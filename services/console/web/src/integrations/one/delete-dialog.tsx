import { useLocation } from 'wouter';
import { searchOf } from '../../api/api-client';
import { HitWorkspaces } from '../../previews/hit-workspaces';
import { Field } from '../../ui/field';
import { ChangeDialog } from './change-dialog';
import type { PanelProps } from './panel-props';
import { integrationPath } from '../paths';

interface DialogProps extends PanelProps {
  readonly onClose: () => void;
}

export const DeleteDialog = ({ integration, onClose }: DialogProps) => {
  const [, goTo] = useLocation();
  return (
    <ChangeDialog
      title="Delete integration"
      description="For good: its credential is destroyed with it. Its history stays."
      action="Delete for good"
      danger
      onClose={onClose}
      onDone={() => goTo('/integrations?tab=connected')}
      change={(form, reason) => ({
        method: 'DELETE',
        path: integrationPath(integration.id) + searchOf({ reason, force: form.get('force') === 'on' }),
      })}
    >
      {() => (
        <>
          <HitWorkspaces integration={integration.id} change="delete" />
          <label className="choice">
            <input type="checkbox" name="force" />
            Although workspaces have it
          </label>
          <Field label={`Type ${integration.slug} to say that you mean it`}>
            {(control) => (
              <input
                {...control}
                required
                pattern={integration.slug.replaceAll('-', '\\-')}
                title={`The slug: ${integration.slug}`}
                spellCheck={false}
              />
            )}
          </Field>
        </>
      )}
    </ChangeDialog>
  );
};
