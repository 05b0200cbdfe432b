import type { StandingLimitAnswer } from '@gatehouse/console/standing/standing-limit.schema';
import { useState } from 'react';
import { pathOf } from '../api/api-client';
import { useAnswer } from '../api/answers';
import { useGoverns } from '../session/session';
import { Button } from '../ui/button';
import { EmptyState } from '../ui/empty-state';
import { FormDialog, said } from '../ui/form-dialog';
import type { Listed } from '../ui/list';
import { Refusal } from '../ui/notice';
import { ReasonField } from '../ui/reason-field';
import { Table } from '../ui/table';
import { moment } from '../ui/words';
import { ConfiguredLimitsDialog } from './configured-limits-dialog';
import { amountInWords } from './limit-words';
import { Meter } from './meter';

interface StandingLimitsProps {
  /** Whose limits, in words. */
  readonly caption: string;
  /** Id of a provision, workspace, API key, integration or organization. */
  readonly scope: string;
  /** What is said of them where they are edited. */
  readonly description: string;
}

const EVERY_MS = 5_000;

/** Where limits stand now, and how much of each is left. */
export const StandingLimits = ({ caption, scope, description }: StandingLimitsProps) => {
  const governs = useGoverns();
  const [isEditing, setEditing] = useState(false);
  const [reset, setReset] = useState<StandingLimitAnswer>();
  const answer = useAnswer<Listed<StandingLimitAnswer>>(
    pathOf('/v1/gatehouse/scopes', scope, 'limits'),
    {},
    { everyMs: EVERY_MS },
  );
  const limits = answer.data?.data ?? [];
  return (
    <section className="stack" aria-label={caption}>
      {governs && (
        <div className="row end">
          <Button onClick={() => setEditing(true)}>Edit limits</Button>
        </div>
      )}
      <Refusal error={answer.error} />
      {answer.data && limits.length === 0 && <EmptyState title="There are no limits." />}
      {limits.length > 0 && (
        <Table
          caption={caption}
          rows={limits}
          keyOf={({ id }) => id}
          columns={[
            { label: 'Limit', cell: (row) => <Limit limit={row} /> },
            { label: 'Used', cell: (row) => <Meter limit={row} label={nameOf(row)} /> },
            { label: 'Left', figures: true, cell: (row) => amountInWords(row.unit, row.left) },
            { label: 'Begins anew', cell: ({ resets_at: at }) => moment(at) },
            {
              label: 'Change',
              cell: (row) =>
                row.kind === 'budget' && (
                  <Button aria-label={`Reset ${nameOf(row)}`} onClick={() => setReset(row)}>
                    Reset
                  </Button>
                ),
            },
          ]}
        />
      )}
      {isEditing && (
        <ConfiguredLimitsDialog
          title={caption}
          description={description}
          scope={scope}
          onClose={() => setEditing(false)}
        />
      )}
      {reset && (
        <FormDialog
          title={`Reset ${nameOf(reset)}`}
          description="Its present period ends: all of it may be spent once more."
          action="Reset"
          danger
          onClose={() => setReset(undefined)}
          change={(form) => ({
            method: 'POST',
            path: pathOf('/v1/gatehouse/limits', reset.id, 'reset'),
            body: { reason: said(form, 'reason') },
          })}
        >
          {() => <ReasonField required />}
        </FormDialog>
      )}
    </section>
  );
};

const nameOf = ({ kind, unit, amount }: StandingLimitAnswer): string =>
  `${kind === 'budget' ? 'budget' : 'rate limit'} of ${amountInWords(unit, amount)}`;

const Limit = ({ limit }: { readonly limit: StandingLimitAnswer }) => (
  <>
    {nameOf(limit)}
    {limit.exhausted === true && <span className="badge bad">exhausted</span>}
    <br />
    <span className="quiet">
      {amountInWords(limit.unit, limit.spent)} spent, {amountInWords(limit.unit, limit.held)} held
      {Number(limit.doubt) > 0 && `, ${amountInWords(limit.unit, limit.doubt)} in doubt`}
      {Number(limit.quarantined) > 0 && `, ${amountInWords(limit.unit, limit.quarantined)} in quarantine`}
    </span>
  </>
);
