import { useState } from 'react';
import { type Change, useChange } from '../../api/answers';
import { askedAgain } from '../../limits/asked-again';
import { limitsInWords } from '../../limits/limit-words';
import { LimitsDialog } from '../../limits/limits-dialog';
import { Button } from '../../ui/button';
import { Refusal } from '../../ui/notice';
import { Toggle } from '../../ui/toggle';
import { integrationPath } from '../paths';
import type { PanelProps } from './panel-props';

interface AutoProvisionSectionProps extends PanelProps {
  /** Why, as it is said for the whole panel. */
  readonly reason: string;
}

/** What workspaces to come have by themselves. */
export const AutoProvisionSection = ({ integration, reason }: AutoProvisionSectionProps) => {
  const [editing, setEditing] = useState(false);
  // What was toggled may be answered while limits are edited already.
  const toggling = useChange();
  const saving = useChange(() => setEditing(false));
  const now = integration.auto_provision;
  const limits = now?.limits.map(askedAgain) ?? [];
  /** Which models they get stays as it is. */
  const wanted = (said: object): Change => ({
    method: 'PUT',
    path: integrationPath(integration.id, 'auto-provision'),
    body: { models: now?.models ?? null, reason, ...said },
  });
  return (
    <section className="panel stack tight" aria-label="New workspaces">
      <Toggle
        label="Automatically provision this integration for new workspaces"
        help={now ? `Each begins with ${limitsInWords(limits)}.` : undefined}
        checked={now !== null}
        disabled={toggling.isPending}
        onChange={(enabled) => void toggling.mutate(wanted({ enabled, limits }))}
      />
      {now && (
        <div>
          <Button onClick={() => setEditing(true)}>Edit default limits</Button>
        </div>
      )}
      <Refusal error={toggling.error} />
      {editing && (
        <LimitsDialog
          title="Default Budget & Rate Limits"
          description="What each new workspace begins with. Workspaces that are there keep theirs."
          limits={limits}
          busy={saving.isPending}
          error={saving.error}
          preview={(next) => ({
            ...{ change: 'auto-provision', integration_id: integration.id },
            ...{ limits: next, models: now?.models ?? null },
          })}
          onClose={() => setEditing(false)}
          onSave={(next) => void saving.mutate(wanted({ enabled: true, limits: next }))}
        />
      )}
    </section>
  );
};
