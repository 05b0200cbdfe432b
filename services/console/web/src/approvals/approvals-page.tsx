import type { ProposalAnswer } from '@gatehouse/console/approvals/approval.schema';
import { useState } from 'react';
import { useSearchParams } from 'wouter';
import { pathOf } from '../api/api-client';
import { Button } from '../ui/button';
import { EmptyState } from '../ui/empty-state';
import { Field } from '../ui/field';
import { FormDialog, said } from '../ui/form-dialog';
import { List } from '../ui/list';
import { ReasonField } from '../ui/reason-field';
import { inWords, moment, UNKNOWN } from '../ui/words';
import { PolicyToggle } from './policy-toggle';

const APPROVALS = '/v1/gatehouse/approvals';
const STATUSES = ['open', 'carried-out', 'rejected', 'expired', 'failed'] as const;

/** What one admin has proposed, and another decides. */
export const ApprovalsPage = () => {
  const [params, setParams] = useSearchParams();
  const [decided, setDecided] = useState<{ proposal: ProposalAnswer; how: 'approve' | 'reject' }>();
  const status = params.get('status') ?? 'open';
  return (
    <div className="stack">
      <h1>Approvals</h1>
      <PolicyToggle />
      <List<ProposalAnswer>
        caption="Proposals"
        path={APPROVALS}
        query={{ status: status === 'all' ? undefined : status }}
        filters={
          <Field label="Status">
            {(control) => (
              <select
                {...control}
                value={status}
                onChange={({ target }) => setParams({ status: target.value })}
              >
                {[...STATUSES, 'all'].map((one) => (
                  <option key={one} value={one}>
                    {one}
                  </option>
                ))}
              </select>
            )}
          </Field>
        }
        keyOf={({ id }) => id}
        columns={[
          { label: 'Proposed', cell: (row) => <What proposal={row} /> },
          {
            label: 'By',
            cell: ({ proposed_by: by, proposed_at: at }) => (
              <>
                {by?.name ?? by?.id ?? UNKNOWN}
                <br />
                <span className="quiet">{moment(at)}</span>
              </>
            ),
          },
          {
            label: 'Why',
            cell: ({ reason }) => reason ?? <span className="quiet">no reason was given</span>,
          },
          { label: 'Status', cell: (row) => <Status proposal={row} /> },
          {
            label: 'Decide',
            cell: (proposal) =>
              proposal.status === 'open' && (
                <span className="row">
                  <Button onClick={() => setDecided({ proposal, how: 'approve' })}>Approve</Button>
                  <Button onClick={() => setDecided({ proposal, how: 'reject' })}>Reject</Button>
                </span>
              ),
          },
        ]}
        empty={<EmptyState title={status === 'open' ? 'Nothing waits for approval.' : 'There are none.'} />}
      />
      {decided && <DecideDialog {...decided} onClose={() => setDecided(undefined)} />}
    </div>
  );
};

interface DecideDialogProps {
  readonly proposal: ProposalAnswer;
  readonly how: 'approve' | 'reject';
  readonly onClose: () => void;
}

const DecideDialog = ({ proposal, how, onClose }: DecideDialogProps) => (
  <FormDialog
    title={how === 'approve' ? 'Approve' : 'Reject'}
    description={`${inWords(proposal.command)} is ${how === 'approve' ? 'carried out at once' : 'not carried out'}.`}
    action={how === 'approve' ? 'Approve' : 'Reject'}
    danger={how === 'reject'}
    onClose={onClose}
    change={(form) => ({
      method: 'POST',
      path: pathOf(APPROVALS, proposal.id, how),
      body: { reason: said(form, 'reason') },
    })}
  >
    {() => <ReasonField />}
  </FormDialog>
);

const What = ({ proposal: { command, request } }: { readonly proposal: ProposalAnswer }) => (
  <details>
    <summary>{inWords(command)}</summary>
    <pre>{JSON.stringify(request, null, 2)}</pre>
  </details>
);

const Status = ({ proposal }: { readonly proposal: ProposalAnswer }) => {
  const { status, decided_by: by, failure, expires_at: end } = proposal;
  return (
    <>
      {status ?? UNKNOWN}
      <br />
      <span className="quiet">
        {status === 'open' && `until ${moment(end)}`}
        {by !== null && `by ${by.name ?? by.id}`}
        {failure !== null && `: ${failure}`}
      </span>
    </>
  );
};
