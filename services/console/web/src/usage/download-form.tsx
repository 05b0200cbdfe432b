import { useState } from 'react';
import { searchOf } from '../api/api-client';
import { useSession } from '../session/session';
import { Field } from '../ui/field';
import { type NamedWorkspace, WorkspaceField } from '../workspaces/workspace-field';

const MONTH_LETTERS = 'YYYY-MM'.length;

/** Every attempt of a workspace in a month, for whoever charges it on. */
export const DownloadForm = () => {
  const { workspace: own } = useSession();
  const [month, setMonth] = useState(() => new Date().toISOString().slice(0, MONTH_LETTERS));
  const [workspace, setWorkspace] = useState<NamedWorkspace | undefined>(own ?? undefined);
  const link = (format: string) =>
    `/v1/gatehouse/usage/export${searchOf({ month, workspace_id: workspace?.id, format })}`;
  return (
    <section className="panel stack" aria-labelledby="download">
      <h2 id="download">Download for chargeback</h2>
      <div className="row wrap">
        <Field label="Month (UTC)">
          {(control) => (
            <input
              {...control}
              type="month"
              required
              value={month}
              onChange={({ target }) => setMonth(target.value)}
            />
          )}
        </Field>
        {own === null && <WorkspaceField none="all" kept={{ workspace, onChange: setWorkspace }} />}
      </div>
      <div className="row wrap">
        <a className="button primary" href={link('csv')} download>
          Download CSV
        </a>
        <a className="button" href={link('jsonl')} download>
          Download JSON lines
        </a>
      </div>
    </section>
  );
};
