import type { AccessExplained } from '@gatehouse/console/access/access.schema';
import { type FormEvent, useState } from 'react';
import { useAnswer } from '../api/answers';
import { useSession } from '../session/session';
import { LeftOfLimits } from '../limits/left-of-limits';
import { Button } from '../ui/button';
import { Field } from '../ui/field';
import { said } from '../ui/form-dialog';
import { Notice, Refusal } from '../ui/notice';
import { moment, UNKNOWN } from '../ui/words';
import { WorkspaceField } from '../workspaces/workspace-field';
import { REASONS } from './reasons';

interface Asked {
  readonly workspace_id: string;
  readonly provider: string;
  readonly model: string;
}

/** What would come of a call, and why, before it is made. */
export const ExplainAccessPage = () => {
  const { workspace: own } = useSession();
  const [asked, setAsked] = useState<Asked>();
  const answer = useAnswer<AccessExplained>(
    '/v1/gatehouse/access',
    { ...asked },
    { enabled: asked !== undefined },
  );
  const ask = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setAsked({
      workspace_id: own?.id ?? said(form, 'workspace'),
      provider: said(form, 'provider'),
      model: said(form, 'model'),
    });
  };
  return (
    <div className="stack">
      <h1>Explain access</h1>
      <p className="quiet">
        Whether a call would be let through now, and what decides it. Nothing is called.
      </p>
      <form className="panel stack" onSubmit={ask}>
        {own === null && <WorkspaceField name="workspace" />}
        <Field label="AI provider" help="Its slug, as in @slug/model.">
          {(control) => <input {...control} name="provider" required spellCheck={false} />}
        </Field>
        <Field label="Model" optional>
          {(control) => <input {...control} name="model" spellCheck={false} />}
        </Field>
        <div className="row end">
          <Button type="submit" kind="primary" busy={answer.isFetching}>
            Explain
          </Button>
        </div>
      </form>
      <Refusal error={answer.error} />
      {asked && answer.data && <Explained access={answer.data} />}
    </div>
  );
};

const Explained = ({ access }: { readonly access: AccessExplained }) => (
  <section className="stack" aria-label="The answer">
    <Notice tone={access.allowed ? 'good' : 'bad'}>
      {access.allowed ? 'It would be let through.' : 'It would be refused: '}
      {!access.allowed && (REASONS[access.reason ?? ''] ?? access.reason ?? UNKNOWN)}
      {!access.allowed &&
        access.resets_at !== null &&
        ` It is let through again from ${moment(access.resets_at)}.`}
    </Notice>
    <h2>Limits that apply</h2>
    <LeftOfLimits limits={access.limits} />
  </section>
);
