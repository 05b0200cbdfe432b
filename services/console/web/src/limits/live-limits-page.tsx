import type { WorkspaceAnswer } from '@gatehouse/console/workspaces/workspace.schema';
import { useSearchParams } from 'wouter';
import { useAnswer } from '../api/answers';
import { useSession } from '../session/session';
import { workspacePath } from '../workspaces/paths';
import { WorkspaceField } from '../workspaces/workspace-field';
import { StandingLimits } from './standing-limits';

/** Where limits stand, looked at every few seconds. */
export const LiveLimitsPage = () => {
  const { organization } = useSession();
  const [params, setParams] = useSearchParams();
  const id = params.get('of');
  const { data } = useAnswer<WorkspaceAnswer>(workspacePath(id ?? ''), {}, { enabled: id !== null });
  const workspace = id === null ? undefined : { id, name: data?.name ?? id };
  const of = workspace ?? organization;
  return (
    <div className="stack">
      <h1>Live limits</h1>
      <p className="quiet">
        What is held is for calls under way, and for what gateways may admit without asking.
      </p>
      <WorkspaceField
        label="Whose"
        none={`${organization.name} (the organization)`}
        kept={{ workspace, onChange: (next) => setParams(next ? { of: next.id } : {}) }}
      />
      <StandingLimits
        caption={`Limits of ${of.name}`}
        scope={of.id}
        description={
          workspace ? 'Of all that its keys call together.' : 'Of all that its workspaces call together.'
        }
      />
    </div>
  );
};
