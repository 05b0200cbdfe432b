/** What an Azure resource calls a model that it serves. */
export interface Deployment {
  /** What callers call it; unique in the integration. */
  readonly alias: string;
  /** Its name at Azure. */
  readonly deploymentName: string;
  readonly apiVersion: string;
  /** The model behind it, which has the price. */
  readonly model: string;
  /** Meant by who names the integration and no model: one is, where there are any. */
  readonly isDefault: boolean;
}

/** What happens to the deployments of an integration. */
export type DeploymentChange =
  /** Where it is the default, no other is from now on. */
  | { readonly type: 'DeploymentAdded'; readonly deployment: Deployment }
  /** In place of the one of its alias. */
  | { readonly type: 'DeploymentChanged'; readonly deployment: Deployment }
  | { readonly type: 'DeploymentRemoved'; readonly alias: string }
  | { readonly type: 'DefaultDeploymentChanged'; readonly alias: string };

export const deploymentsAfter = (
  deployments: readonly Deployment[],
  change: DeploymentChange,
): readonly Deployment[] => {
  switch (change.type) {
    case 'DeploymentAdded': {
      const { deployment } = change;
      return [...(deployment.isDefault ? defaultingTo(deployments, '') : deployments), deployment];
    }
    case 'DeploymentChanged':
      return deployments.map((one) => (one.alias === change.deployment.alias ? change.deployment : one));
    case 'DeploymentRemoved':
      return deployments.filter(({ alias }) => alias !== change.alias);
    case 'DefaultDeploymentChanged':
      return defaultingTo(deployments, change.alias);
  }
};

/** The same with the one of this alias as the default, and no other. */
export const defaultingTo = (deployments: readonly Deployment[], alias: string): readonly Deployment[] =>
  deployments.map((deployment) => ({ ...deployment, isDefault: deployment.alias === alias }));
