import { AppError } from '@gatehouse/kernel';
import { registryV1 } from '@gatehouse/proto-gen';
import type { Command } from 'commander';
import { parseDeployment } from '../deployment-options';
import { type Act, type ChangeOptions, type Session, withChangeOptions } from '../session';

/** `deployments`. */
export const addDeploymentCommands = (program: Command, act: Act): void => {
  withChangeOptions(
    program
      .command('deployments')
      .description('show the deployments of an Azure integration, or change them')
      .argument('<integration-id>')
      .argument('[action]', Object.keys(ACTIONS).join(' | '))
      .argument(
        '[deployment]',
        'add, change: alias=A,deployment=D,version=V,model=M[,default]; remove, default: the alias',
      ),
  ).action(act(deployments));
};

interface Target {
  readonly requestId: string;
  readonly reason: string;
  readonly integrationId: string;
}

interface Answer {
  readonly integration?: registryV1.Integration | undefined;
}

/** What `deployments ID` can do, by the word that says it. */
const ACTIONS: Readonly<
  Record<string, (session: Session, target: Target, text: string) => Promise<[json: unknown, Answer]>>
> = {
  add: async ({ connection }, target, text) => {
    const request = { ...target, deployment: parseDeployment(text) };
    const response = await connection.integrations().addDeployment(request);
    return [registryV1.AddDeploymentResponse.toJSON(response), response];
  },
  change: async ({ connection }, target, text) => {
    const request = { ...target, deployment: parseDeployment(text) };
    const response = await connection.integrations().changeDeployment(request);
    return [registryV1.ChangeDeploymentResponse.toJSON(response), response];
  },
  remove: async ({ connection }, target, alias) => {
    const response = await connection.integrations().removeDeployment({ ...target, alias });
    return [registryV1.RemoveDeploymentResponse.toJSON(response), response];
  },
  default: async ({ connection }, target, alias) => {
    const response = await connection.integrations().setDefaultDeployment({ ...target, alias });
    return [registryV1.SetDefaultDeploymentResponse.toJSON(response), response];
  },
};

const deployments = async (
  session: Session,
  { requestId, reason }: ChangeOptions,
  integrationId: string,
  word?: string,
  text = '',
): Promise<void> => {
  const { connection, output } = session;
  const [json, { integration }] = await (word === undefined
    ? connection
        .integrations()
        .getIntegration({ integrationId, atLeastPosition: '' })
        .then((found): [unknown, Answer] => [registryV1.GetIntegrationResponse.toJSON(found), found])
    : actionOf(word)(session, { requestId, reason, integrationId }, text));
  output.answer(
    json,
    ['alias', 'deployment', 'version', 'model', ''],
    (integration?.deployments ?? []).map(({ alias, deploymentName, apiVersion, model, isDefault }) => [
      alias,
      deploymentName,
      apiVersion,
      model,
      isDefault ? 'default' : '',
    ]),
  );
};

const actionOf = (word: string) => {
  const action = Object.hasOwn(ACTIONS, word) ? ACTIONS[word] : undefined;
  if (action !== undefined) return action;
  const metadata = { action: word, known: Object.keys(ACTIONS).join(', ') };
  throw new AppError('INVALID', 'ACTION_UNKNOWN', { metadata });
};
