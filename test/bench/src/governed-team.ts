import { newCommand, newTeam, type Product, requestsPerMinute, type Team, usdBudget } from '@gatehouse/e2e';
import { provisioningV1 } from '@gatehouse/proto-gen';

export const CHAT_PATH = '/v1/chat/completions';

const PLENTY_NANO_USD = 1_000_000_000_000_000n;
const PLENTY_REQUESTS = 1_000_000_000n;

/** What is asked. */
export interface ChatAsked {
  readonly model: string;
  readonly promptBytes: number;
  readonly stream: boolean;
}

export const chatBody = ({ model, promptBytes, stream }: ChatAsked): string => {
  const body = (content: string): string =>
    JSON.stringify({
      model,
      messages: [{ role: 'user', content }],
      max_tokens: 64,
      ...(stream && { stream: true }),
    });
  return body('lorem ipsum '.repeat(promptBytes / 12 + 1).slice(0, promptBytes - body('').length));
};

/** Who calls the model `bench` of a provider on this machine, without any limit. */
export const unlimitedTeam = (product: Product, providerPort: number): Promise<Team> =>
  newTeam(product, { models: ['bench'], customHost: `http://127.0.0.1:${providerPort}/v1` });

/** With limits of its own on every level that a request passes: provision, workspace and key. */
export const governedTeam = async (product: Product, providerPort: number): Promise<Team> => {
  const team = await newTeam(product, {
    models: ['bench'],
    customHost: `http://127.0.0.1:${providerPort}/v1`,
    limits: [usdBudget(PLENTY_NANO_USD)],
  });
  const { workspaces, apiKeys } = product.control();
  await workspaces.changeWorkspaceLimits(
    provisioningV1.ChangeWorkspaceLimitsRequest.fromPartial({
      ...newCommand(),
      workspaceId: team.workspaceId,
      limits: [usdBudget(PLENTY_NANO_USD)],
    }),
  );
  await apiKeys.changeApiKeyLimits(
    provisioningV1.ChangeApiKeyLimitsRequest.fromPartial({
      ...newCommand(),
      apiKeyId: team.apiKeyId,
      limits: [requestsPerMinute(PLENTY_REQUESTS)],
    }),
  );
  return team;
};
