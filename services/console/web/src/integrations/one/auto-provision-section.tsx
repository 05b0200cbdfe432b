import { useState } from 'react';
import { useChange } from '../../api/answers';
import { askedAgain } from '../../limits/asked-again';
import { limitsInWords } from '../../limits/limit-words';
import { LimitsDialog } from '../../limits/limits-dialog';
import { Button } from '../../ui/button';
import { Refusal } from '../../ui/notice';
import { Toggle } from '../../ui/toggle';
import { integrationPath } from '../paths';
import type { PanelProps } from './details-panel';

/** What workspaces to come have by themselves. */
export const AutoProvisionSection = ({ integration }: PanelProps) => {
  const [editing, setEditing] = useState(false);
  const change = useChange(() => setEditing(false));
  const now = integration.auto_provision;
  const limits = now?.limits.map(askedAgain) ?? [];
  /** Which models they get stays as it is. */
  const put = (said: object) =>
    change.mutate({
      method: 'PUT',
      path: integrationPath(integration.id, 'auto-provision'),
      body: { models: now?.models ?? null, ...said },
    });
  return (
    <section className="panel stack tight" aria-label="New workspaces">
      <Toggle
        label="Automatically provision this integration for new workspaces"
        help={now ? `Each begins with ${limitsInWords(limits)}.` : undefined}
        checked={now !== null}
        disabled={change.isPending}
        onChange={(enabled) => void put({ enabled, limits })}
      />
      {now && (
        <div>
          <Button onClick={() => setEditing(true)}>Edit default limits</Button>
        </div>
      )}
      {!editing && <Refusal error={change.error} />}
      {editing && (
        <LimitsDialog
          title="Default Budget & Rate Limits"
          description="What each new workspace begins with. Workspaces that are there keep theirs."
          limits={limits}
          busy={change.isPending}
          error={change.error}
          onClose={() => setEditing(false)}
          onSave={(next) => void put({ enabled: true, limits: next })}
        />
      )}
    </section>
  );
};
