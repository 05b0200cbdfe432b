import type { UsageAnswer } from '@gatehouse/console/usage/usage.schema';
import { useState } from 'react';
import { useAnswer } from '../../api/answers';
import { PreviewPanel } from '../../previews/preview-panel';
import { DAY_MS } from '../../usage/days';
import { Refusal } from '../../ui/notice';
import { counted, usd } from '../../ui/words';
import { integrationPath } from '../paths';
import { ChangeDialog } from './change-dialog';
import type { PanelProps } from './panel-props';
import type { OfOne } from './provisioned';

interface WithdrawDialogProps extends PanelProps, OfOne {
  readonly onClose: () => void;
}

/** Takes the integration from one workspace, which has been using it or not. */
export const WithdrawDialog = ({ integration, provisioned, onClose }: WithdrawDialogProps) => {
  const { workspace } = provisioned;
  return (
    <ChangeDialog
      title={`Disable for ${workspace.name}`}
      description={`Its calls to @${integration.slug} are refused from the next one on. Its limits stay, and what it has spent.`}
      action="Disable"
      danger
      onClose={onClose}
      change={(_form, reason) => ({
        method: 'PUT',
        path: integrationPath(integration.id, 'workspaces'),
        body: { workspaces: [{ workspace_id: workspace.id, enabled: false }], reason },
      })}
    >
      {() => <UsedOfLate integration={integration} provisioned={provisioned} />}
    </ChangeDialog>
  );
};

const DAYS = 30;

/** What it would have done, had it been so for the last days. */
const UsedOfLate = ({ integration, provisioned: { workspace } }: PanelProps & OfOne) => {
  const [from] = useState(() => new Date(Date.now() - DAYS * DAY_MS).toISOString());
  const usage = useAnswer<UsageAnswer>('/v1/gatehouse/usage', {
    ...{ integration_id: integration.id, workspace_id: workspace.id, from },
  });
  return (
    <PreviewPanel title="What it would have done" busy={usage.isFetching}>
      <Refusal error={usage.error} />
      {usage.isPending && !usage.error && <p className="quiet">Looking at past calls…</p>}
      {usage.data && <p>{refusedInWords(usage.data)}</p>}
    </PreviewPanel>
  );
};

const refusedInWords = ({ rows: [all] }: UsageAnswer): string => {
  if (!all || all.requests === 0) return `It called nothing in the last ${DAYS} days.`;
  const unknown = all.unknown_requests;
  return (
    `All of the ${counted(all.requests, 'call')} of the last ${DAYS} days would have been refused, which came to ${usd(all.cost)}` +
    (unknown > 0 ? `, beside ${counted(unknown, 'call')} whose cost is unknown.` : '.')
  );
};
