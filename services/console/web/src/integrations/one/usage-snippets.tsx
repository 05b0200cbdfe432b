import { useAnswer } from '../../api/answers';
import { CallLines } from '../../ui/call-lines';
import type { Listed } from '../../ui/list';
import type { PanelProps } from './panel-props';
import { integrationPath } from '../paths';

/** How its first model is called, or its first deployment. */
export const UsageSnippets = ({ integration }: PanelProps) => {
  const models = useAnswer<Listed<{ name: string }>>(integrationPath(integration.id, 'models'), {
    access: 'allowed',
    page_size: 1,
  });
  const [aliased] = integration.deployments;
  return (
    <CallLines model={`@${integration.slug}/${aliased?.alias ?? models.data?.data[0]?.name ?? 'MODEL'}`}>
      With a key of a workspace that has it, at the gateway's address.
      {aliased && ` Without a model, @${integration.slug} alone calls the default deployment.`}
    </CallLines>
  );
};
