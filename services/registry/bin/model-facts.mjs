/** Where the facts are from. */
export const SOURCE = {
  package: '@earendil-works/pi-ai',
  version: '1.5.2',
  integrity:
    'sha512-2tWPSnV3qzfiDIY3aWluBag3vC++Vs+VsXt/UquSU5onPMohPih72FUhIhaqmDdMYubOgB3Byl9uF4Vk40JLvQ==',
  license: 'MIT',
  copyright: 'Mario Zechner',
};

/** Its files, by the names that the catalog has for the providers. */
const FILES = {
  anthropic: 'anthropic.json',
  'azure-openai': 'azure.json',
  baseten: 'baseten.json',
  bedrock: 'amazon-bedrock.json',
  cerebras: 'cerebras.json',
  deepseek: 'deepseek.json',
  'fireworks-ai': 'fireworks.json',
  google: 'google.json',
  groq: 'groq.json',
  huggingface: 'huggingface.json',
  minimax: 'minimax.json',
  'mistral-ai': 'mistral.json',
  moonshot: 'moonshotai-cn.json',
  nvidia: 'nvidia.json',
  openai: 'openai.json',
  openrouter: 'openrouter.json',
  'together-ai': 'together.json',
  'vertex-ai': 'google-vertex.json',
  'workers-ai': 'cloudflare-workers-ai.json',
  'x-ai': 'xai.json',
  'z-ai': 'zai.json',
};

const KINDS = { chat: 'chat', image: 'image', classifier: 'moderation' };

/** The chat models of the source are those that call tools. */
const capabilitiesOf = ({ type, input, reasoning }) => [
  ...(input.includes('audio') ? ['audio-input'] : []),
  ...(input.includes('image') ? ['image-input'] : []),
  ...(reasoning ? ['reasoning'] : []),
  ...(type === 'chat' ? ['tools'] : []),
];

const factsOf = (model) => ({
  kind: KINDS[model.type],
  ...(model.contextWindow > 0 && { contextWindow: model.contextWindow }),
  ...(model.maxTokens > 0 && { maxOutputTokens: Math.min(model.maxTokens, model.contextWindow) }),
  capabilities: capabilitiesOf(model),
});

const modelsOf = (file) => {
  const models = new Map();
  for (const model of Object.values(file).flatMap((group) => Object.values(group))) {
    if (!(model.type in KINDS)) throw new Error(`unknown type ${model.type} of ${model.id}`);
    // A name may stand there twice, for what can be chatted with and for what classifies.
    if (!models.has(model.id) || model.type === 'chat') models.set(model.id, factsOf(model));
  }
  return Object.fromEntries([...models].sort(([a], [b]) => (a < b ? -1 : 1)));
};

/** The whole file, from what reads the source's files. */
export const modelFactsFile = (read) => {
  const providers = Object.entries(FILES).map(([name, file]) => {
    const models = Object.entries(modelsOf(read(file)));
    const lines = models.map(([id, facts]) => `    ${JSON.stringify(id)}: ${JSON.stringify(facts)}`);
    return `  ${JSON.stringify(name)}: {\n${lines.join(',\n')}\n  }`;
  });
  return `{\n"source": ${JSON.stringify(SOURCE)},\n"providers": {\n${providers.join(',\n')}\n}\n}\n`;
};
