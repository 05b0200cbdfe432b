import { useState } from 'react';
import { useChange } from '../../api/answers';
import { limitsInWords } from '../../limits/limit-words';
import { Button } from '../../ui/button';
import { Refusal } from '../../ui/notice';
import { Toggle } from '../../ui/toggle';
import { integrationPath } from '../paths';
import { DefaultLimitsDialog } from './default-limits-dialog';
import type { PanelProps } from './panel-props';

interface AutoProvisionSectionProps extends PanelProps {
  /** Why, as it is said for the whole panel. */
  readonly reason: string;
}

/** What workspaces to come have by themselves. */
export const AutoProvisionSection = ({ integration, reason }: AutoProvisionSectionProps) => {
  const [editing, setEditing] = useState(false);
  const toggling = useChange();
  const now = integration.auto_provision;
  const path = integrationPath(integration.id, 'auto-provision');
  return (
    <section className="panel stack tight" aria-label="New workspaces">
      <Toggle
        label="Automatically provision this integration for new workspaces"
        help={now ? `Each begins with ${limitsInWords(now.limits)}.` : undefined}
        checked={now !== null}
        disabled={toggling.isPending}
        onChange={(enabled) => void toggling.mutate({ method: 'PUT', path, body: { enabled, reason } })}
      />
      {now && (
        <div>
          <Button onClick={() => setEditing(true)}>Edit default limits</Button>
        </div>
      )}
      <Refusal error={toggling.error} />
      {editing && (
        <DefaultLimitsDialog integration={integration} reason={reason} onClose={() => setEditing(false)} />
      )}
    </section>
  );
};
