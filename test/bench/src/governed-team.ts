import { newCommand, newTeam, type Product, requestsPerMinute, type Team, usdBudget } from '@gatehouse/e2e';
import { provisioningV1, type typeV1 } from '@gatehouse/proto-gen';
import type { Asked } from './load-callers';

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

/** As whoever has this key asks it. */
export const chatCall = (key: string, asked: ChatAsked): Asked => ({
  headers: { authorization: `Bearer ${key}` },
  body: chatBody(asked),
});

/** Where the cheap provider is, and in whose language it is called. */
export interface Upstream {
  readonly customHost: string;
  readonly provider?: string;
}

/** Who calls the model `bench` of a provider on this machine, without any limit. */
export const unlimitedTeam = (product: Product, upstream: Upstream): Promise<Team> =>
  newTeam(product, { models: ['bench'], ...upstream });

/** Whose budget leaves room for no request. */
export const usedUpTeam = (product: Product, upstream: Upstream): Promise<Team> =>
  newTeam(product, { models: ['bench'], ...upstream, limits: [usdBudget(1n)] });

/** With limits of its own on the provision and the workspace; keys have more than these where they are issued with more. */
export const sharedLimitsTeam = async (product: Product, upstream: Upstream): Promise<Team> => {
  const team = await newTeam(product, {
    ...{ models: ['bench'], ...upstream },
    limits: [usdBudget(PLENTY_NANO_USD)],
  });
  await product.control().workspaces.changeWorkspaceLimits(
    provisioningV1.ChangeWorkspaceLimitsRequest.fromPartial({
      ...newCommand(),
      workspaceId: team.workspaceId,
      limits: [usdBudget(PLENTY_NANO_USD)],
    }),
  );
  return team;
};

/** What a key of the bench has of its own. */
export const keyLimits = (): readonly typeV1.Limit[] => [requestsPerMinute(PLENTY_REQUESTS)];

/** With limits of its own on every level that a request passes: provision, workspace and key. */
export const governedTeam = async (product: Product, upstream: Upstream): Promise<Team> => {
  const team = await sharedLimitsTeam(product, upstream);
  await product.control().apiKeys.changeApiKeyLimits(
    provisioningV1.ChangeApiKeyLimitsRequest.fromPartial({
      ...newCommand(),
      apiKeyId: team.apiKeyId,
      limits: [...keyLimits()],
    }),
  );
  return team;
};

/** The cheap provider as a server of OpenAI's language. */
export const cheapUpstream = (port: number): Upstream => ({ customHost: `http://127.0.0.1:${port}/v1` });
