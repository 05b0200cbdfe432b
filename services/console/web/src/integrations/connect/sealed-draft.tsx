import type { ConnectionTestAnswer } from '@gatehouse/console/drafts/draft.schema';
import { useState } from 'react';
import { useChange } from '../../api/answers';
import { pathOf } from '../../api/api-client';
import { Button } from '../../ui/button';
import { Refusal } from '../../ui/notice';
import { moment } from '../../ui/words';
import { TestOutcome } from '../test-outcome';
import type { Draft } from './connecting';

interface SealedDraftProps {
  readonly draft: Draft;
  /** Without it the draft stays. */
  readonly onReplace?: () => void;
}

const DRAFTS = '/v1/gatehouse/drafts';

/** A credential that nobody sees again. It can be tried before anything exists. */
export const SealedDraft = ({ draft, onReplace }: SealedDraftProps) => {
  const [outcome, setOutcome] = useState<ConnectionTestAnswer>();
  const test = useChange<ConnectionTestAnswer>(setOutcome);
  const removal = useChange(onReplace);
  return (
    <section className="panel stack tight" aria-label="Credentials">
      <div className="row wrap spread">
        <span>
          Credentials <code>••••••••</code>{' '}
          <span className="quiet">sealed until {moment(draft.expires_at)}, unless it is created before</span>
        </span>
        <span className="row">
          <Button
            busy={test.isPending}
            onClick={() => void test.mutate({ method: 'POST', path: pathOf(DRAFTS, draft.id, 'test') })}
          >
            Test connection
          </Button>
          {onReplace && (
            <Button
              busy={removal.isPending}
              onClick={() => void removal.mutate({ method: 'DELETE', path: pathOf(DRAFTS, draft.id) })}
            >
              Replace
            </Button>
          )}
        </span>
      </div>
      {draft.external_id !== null && (
        <p>
          The role's trust policy has to ask for the external id <code>{draft.external_id}</code>.
        </p>
      )}
      {outcome && <TestOutcome outcome={outcome} />}
      <Refusal error={test.error ?? removal.error} />
    </section>
  );
};
