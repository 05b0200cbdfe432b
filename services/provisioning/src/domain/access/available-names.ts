import { callsDeployments, isDeploymentAllowed, offeredNames } from '@gatehouse/offering';
import { modelOf } from './explain-route';
import type { ToldIntegration, ToldProvider } from './access-facts';

/**
 * The names that a workspace can call a provider's models by, as far as they are known. What is auto-enabled without being
 * known is among them where the provision names it.
 */
export const availableNames = (provider: ToldProvider): readonly string[] => {
  const { integration, provision, published } = provider;
  if (!provision.models.all) {
    return provision.models.names.filter((name) => modelOf(provider, name) !== undefined);
  }
  return callsDeployments(integration.dialect)
    ? allowedAliases(integration)
    : offeredNames(integration.decisions, published);
};

const allowedAliases = ({ deployments, decisions }: ToldIntegration): readonly string[] =>
  deployments.map(({ alias }) => alias).filter((alias) => isDeploymentAllowed(alias, decisions));
