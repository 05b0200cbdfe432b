import { StandingLimits } from '../limits/standing-limits';
import type { WorkspacePanelProps } from './workspace-panel';

/** Of the workspace as a whole; those of what is provisioned to it are with its AI providers. */
export const LimitsPanel = ({ workspace }: WorkspacePanelProps) => (
  <StandingLimits
    caption={`Limits of ${workspace.name}`}
    scope={workspace.id}
    description="Of all that its keys call together."
  />
);
