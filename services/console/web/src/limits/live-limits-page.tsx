import type { WorkspaceAnswer } from '@gatehouse/console/workspaces/workspace.schema';
import { useSearchParams } from 'wouter';
import { useAnswer } from '../api/answers';
import { useSession } from '../session/session';
import type { Listed } from '../ui/list';
import { Field } from '../ui/field';
import { WORKSPACES } from '../workspaces/paths';
import { StandingLimits } from './standing-limits';

/** Where limits stand, looked at every few seconds. */
export const LiveLimitsPage = () => {
  const { organization } = useSession();
  const [params, setParams] = useSearchParams();
  const workspaces = useAnswer<Listed<WorkspaceAnswer>>(WORKSPACES, { page_size: 200 });
  const scope = params.get('of') ?? organization.id;
  const named = workspaces.data?.data.find(({ id }) => id === scope);
  return (
    <div className="stack">
      <h1>Live limits</h1>
      <p className="quiet">
        What is held is for calls under way, and for what gateways may admit without asking.
      </p>
      <Field label="Whose">
        {(control) => (
          <select
            {...control}
            value={scope}
            onChange={({ target }) => setParams(target.value === organization.id ? {} : { of: target.value })}
          >
            <option value={organization.id}>{organization.name} (the organization)</option>
            {workspaces.data?.data.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        )}
      </Field>
      <StandingLimits caption={`Limits of ${named?.name ?? organization.name}`} scope={scope} />
    </div>
  );
};
