import type { FieldViolation } from '@gatehouse/kernel';
import { callsDeployments, defaultingTo, type Deployment } from '@gatehouse/offering';

export const DEPLOYMENTS_MAX = 100;
const MODEL_LENGTH_MAX = 256;

/** What is wrong with one; `path` is how the request has it. */
export const deploymentFaults = (deployment: Deployment, path: string): readonly FieldViolation[] => {
  const rules: readonly (readonly [string, boolean, string])[] = [
    ['alias', /^[A-Za-z0-9._:-]{1,64}$/.test(deployment.alias), '1 to 64 of a-z, A-Z, 0-9, . _ : and -'],
    [
      'deployment_name',
      /^[A-Za-z0-9._-]{1,64}$/.test(deployment.deploymentName),
      '1 to 64 of a-z, A-Z, 0-9, . _ and -',
    ],
    ['api_version', /^[A-Za-z0-9.-]{1,32}$/.test(deployment.apiVersion), '1 to 32 of a-z, A-Z, 0-9, . and -'],
    ['model', isModelName(deployment.model), `1 to ${MODEL_LENGTH_MAX} printable characters`],
  ];
  return rules.flatMap(([field, fine, description]) =>
    fine ? [] : [{ field: `${path}.${field}`, description: `must be ${description}` }],
  );
};

/** What is wrong with all that an integration begins with. */
export const deploymentListFaults = (
  deployments: readonly Deployment[],
  dialect: string,
): readonly FieldViolation[] => {
  const field = 'deployments';
  if (deployments.length === 0) return [];
  if (!callsDeployments(dialect)) return [{ field, description: 'are not taken by this provider' }];
  if (deployments.length > DEPLOYMENTS_MAX) {
    return [{ field, description: `must be at most ${DEPLOYMENTS_MAX}` }];
  }
  const aliases = new Set(deployments.map(({ alias }) => alias));
  const defaults = deployments.filter(({ isDefault }) => isDefault);
  return [
    ...deployments.flatMap((deployment, index) => deploymentFaults(deployment, `${field}[${index}]`)),
    ...(aliases.size < deployments.length ? [{ field, description: 'must not name an alias twice' }] : []),
    ...(defaults.length > 1 ? [{ field, description: 'must have one default at the most' }] : []),
  ];
};

/** The same with one default: the first, where none is said to be. */
export const withDefault = (deployments: readonly Deployment[]): readonly Deployment[] => {
  const [first] = deployments;
  if (first === undefined || deployments.some(({ isDefault }) => isDefault)) return deployments;
  return defaultingTo(deployments, first.alias);
};

const isModelName = (name: string): boolean =>
  name.length >= 1 && name.length <= MODEL_LENGTH_MAX && /^[\x21-\x7e]+$/.test(name);
