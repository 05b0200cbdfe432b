import type { EndpointKind } from '@gatehouse/offering';
import type { Endpoint, FormField } from '../domain/integration/provider';
import { withoutKey } from './credential-kinds';
import { apiKey, HOST_LABEL, openField, optionalApiKey, PATH_PART } from './form-fields';
import type { ProviderRow } from './provider-row';

const PATHS: Readonly<Record<EndpointKind, string>> = {
  'chat-completions': '/chat/completions',
  completions: '/completions',
  embeddings: '/embeddings',
  images: '/images/generations',
  speech: '/audio/speech',
  transcriptions: '/audio/transcriptions',
  responses: '/responses',
  messages: '/messages',
  rerank: '/rerank',
};

/** Endpoints at the paths where OpenAI has them. */
export const openaiEndpoints = (...kinds: readonly EndpointKind[]): readonly Endpoint[] =>
  kinds.map((kind) => ({ kind, path: PATHS[kind] }));

const CHAT = ['chat-completions'] as const;
const CHAT_TEXT = ['chat-completions', 'completions'] as const;
const CHAT_EMBED = ['chat-completions', 'embeddings'] as const;
const CHAT_TEXT_EMBED = ['chat-completions', 'completions', 'embeddings'] as const;
const CHAT_IMAGES = ['chat-completions', 'images'] as const;

interface Row {
  readonly endpoints?: readonly EndpointKind[];
  /** Fields beside the key. */
  readonly fields?: readonly FormField[];
  readonly deprecated?: boolean;
}

/** A vendor that speaks OpenAI's language and takes a bearer: nothing but data. */
const vendor = (
  name: string,
  displayName: string,
  baseUrl: string,
  { endpoints = CHAT, fields = [], deprecated = false }: Row = {},
): ProviderRow => ({
  name,
  displayName,
  baseUrl,
  customHost: 'optional',
  auth: 'bearer',
  dialects: ['openai'],
  endpoints: openaiEndpoints(...endpoints),
  form: [apiKey, ...fields],
  deprecated,
});

/** A server of the organization's own. */
const server = (name: string, displayName: string, endpoints: readonly EndpointKind[]): ProviderRow => ({
  name,
  displayName,
  baseUrl: '',
  customHost: 'required',
  auth: 'bearer',
  dialects: ['openai'],
  endpoints: openaiEndpoints(...endpoints),
  form: [optionalApiKey],
  deprecated: false,
  otherKinds: withoutKey,
});

export const openaiCompatible: readonly ProviderRow[] = [
  vendor('302ai', '302.AI', 'https://api.302.ai/v1'),
  vendor('aibadgr', 'AI Badgr', 'https://aibadgr.com/api/v1'),
  vendor('anyscale', 'Anyscale', 'https://api.endpoints.anyscale.com/v1', {
    endpoints: CHAT_TEXT_EMBED,
    deprecated: true,
  }),
  vendor('baseten', 'Baseten', 'https://inference.baseten.co/v1'),
  vendor('cerebras', 'Cerebras', 'https://api.cerebras.ai/v1'),
  vendor('cometapi', 'CometAPI', 'https://api.cometapi.com/v1', { endpoints: CHAT_EMBED }),
  vendor('dashscope', 'Alibaba DashScope', 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1', {
    endpoints: CHAT_EMBED,
  }),
  vendor('databricks', 'Databricks', 'https://{workspace}.cloud.databricks.com/ai-gateway/mlflow/v1', {
    endpoints: ['chat-completions', 'completions', 'embeddings', 'responses', 'messages'],
    fields: [openField('workspace', 'Workspace', HOST_LABEL, 'the first part of its address')],
  }),
  vendor('deepbricks', 'Deepbricks', 'https://api.deepbricks.ai/v1', { endpoints: CHAT_IMAGES }),
  vendor('deepinfra', 'DeepInfra', 'https://api.deepinfra.com/v1/openai'),
  vendor('deepseek', 'DeepSeek', 'https://api.deepseek.com/v1'),
  vendor('featherless-ai', 'Featherless AI', 'https://api.featherless.ai/v1', { endpoints: CHAT_TEXT }),
  vendor('fireworks-ai', 'Fireworks AI', 'https://api.fireworks.ai/inference/v1', {
    endpoints: CHAT_TEXT_EMBED,
  }),
  vendor('github', 'GitHub Models', 'https://models.github.ai/inference', { endpoints: CHAT_TEXT_EMBED }),
  vendor('groq', 'Groq', 'https://api.groq.com/openai/v1', {
    endpoints: ['chat-completions', 'speech', 'transcriptions', 'responses'],
  }),
  vendor('huggingface', 'Hugging Face', 'https://router.huggingface.co/v1', { endpoints: CHAT_TEXT }),
  vendor('hyperbolic', 'Hyperbolic', 'https://api.hyperbolic.xyz/v1'),
  vendor('inference-net', 'Inference.net', 'https://api.inference.net/v1'),
  vendor('iointelligence', 'IO Intelligence', 'https://api.intelligence.io.solutions/api/v1', {
    endpoints: ['chat-completions', 'embeddings', 'responses'],
  }),
  vendor('jina', 'Jina AI', 'https://api.jina.ai/v1', { endpoints: ['embeddings'] }),
  vendor('kluster-ai', 'kluster.ai', 'https://api.kluster.ai/v1', { endpoints: CHAT_EMBED }),
  vendor('krutrim', 'Krutrim', 'https://cloud.olakrutrim.com/v1'),
  vendor('lambda', 'Lambda', 'https://api.lambdalabs.com/v1', { endpoints: CHAT_TEXT }),
  vendor('lemonfox-ai', 'Lemonfox.ai', 'https://api.lemonfox.ai/v1', {
    endpoints: ['chat-completions', 'images', 'transcriptions'],
  }),
  vendor('lepton', 'Lepton AI', 'https://api.lepton.ai/api/v1', {
    endpoints: ['chat-completions', 'completions', 'transcriptions'],
    deprecated: true,
  }),
  vendor('lingyi', '01.AI Lingyi', 'https://api.lingyiwanwu.com/v1'),
  vendor('matterai', 'MatterAI', 'https://api.matterai.so/v1'),
  vendor('mistral-ai', 'Mistral AI', 'https://api.mistral.ai/v1', { endpoints: CHAT_EMBED }),
  vendor('monsterapi', 'MonsterAPI', 'https://llm.monsterapi.ai/v1'),
  vendor('moonshot', 'Moonshot AI', 'https://api.moonshot.cn/v1'),
  vendor('ncompass', 'nCompass', 'https://api.ncompass.tech/v1'),
  vendor('nebius', 'Nebius AI Studio', 'https://api.studio.nebius.ai/v1', {
    endpoints: CHAT_TEXT_EMBED,
    deprecated: true,
  }),
  vendor('nextbit', 'NextBit', 'https://api.nextbit256.com/v1', { endpoints: CHAT_TEXT }),
  vendor('novita-ai', 'Novita AI', 'https://api.novita.ai/v3/openai/v1', { endpoints: CHAT_TEXT }),
  vendor('nscale', 'Nscale', 'https://inference.api.nscale.com/v1', { endpoints: CHAT_IMAGES }),
  vendor('nvidia', 'NVIDIA NIM', 'https://integrate.api.nvidia.com/v1'),
  vendor('openrouter', 'OpenRouter', 'https://openrouter.ai/api/v1', {
    endpoints: ['chat-completions', 'responses'],
  }),
  vendor('ovhcloud', 'OVHcloud AI Endpoints', 'https://oai.endpoints.kepler.ai.cloud.ovh.net/v1'),
  vendor('perplexity-ai', 'Perplexity', 'https://api.perplexity.ai'),
  vendor(
    'predibase',
    'Predibase',
    'https://serving.app.predibase.com/{tenant}/deployments/v2/llms/{deployment}/v1',
    { fields: [openField('tenant', 'Tenant', PATH_PART), openField('deployment', 'Deployment', PATH_PART)] },
  ),
  vendor('recraft-ai', 'Recraft', 'https://external.api.recraft.ai/v1', { endpoints: ['images'] }),
  vendor('sambanova', 'SambaNova', 'https://api.sambanova.ai/v1'),
  vendor('scaleway', 'Scaleway', 'https://api.scaleway.ai/v1'),
  vendor('siliconflow', 'SiliconFlow', 'https://api.siliconflow.cn/v1', { endpoints: CHAT_EMBED }),
  vendor('together-ai', 'Together AI', 'https://api.together.xyz/v1', { endpoints: CHAT_TEXT_EMBED }),
  vendor('upstage', 'Upstage', 'https://api.upstage.ai/v1/solar', { endpoints: CHAT_EMBED }),
  vendor('voyage', 'Voyage AI', 'https://api.voyageai.com/v1', { endpoints: ['embeddings'] }),
  vendor(
    'workers-ai',
    'Cloudflare Workers AI',
    'https://api.cloudflare.com/client/v4/accounts/{account_id}/ai/v1',
    {
      endpoints: CHAT_EMBED,
      fields: [openField('account_id', 'Account id', PATH_PART)],
    },
  ),
  vendor('x-ai', 'xAI', 'https://api.x.ai/v1', {
    endpoints: ['chat-completions', 'completions', 'embeddings', 'responses'],
  }),
  vendor('z-ai', 'Z.ai', 'https://api.z.ai/api/paas/v4'),
  vendor('zhipu', 'Zhipu AI', 'https://open.bigmodel.cn/api/paas/v4', { endpoints: CHAT_EMBED }),
  {
    ...vendor('byteplus', 'BytePlus ModelArk', '', { endpoints: [...CHAT_EMBED, 'images', 'responses'] }),
    customHost: 'required',
  },
  server('llama-cpp', 'llama.cpp', ['chat-completions', 'embeddings', 'messages', 'rerank']),
  server('lmstudio', 'LM Studio', CHAT),
  server('localai', 'LocalAI', CHAT),
  server('modal', 'Modal', CHAT_TEXT),
  server('ollama', 'Ollama', ['chat-completions', 'completions', 'embeddings', 'responses', 'messages']),
  server('self-hosted', 'Self-hosted (OpenAI-compatible)', CHAT),
  server('sglang', 'SGLang', CHAT),
  server('tgi', 'Text Generation Inference', CHAT),
  server('vllm', 'vLLM', CHAT_TEXT_EMBED),
];
