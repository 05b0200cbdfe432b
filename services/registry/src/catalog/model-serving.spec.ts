import { servingOf } from './model-serving';

describe('how a model is served', () => {
  it.each([
    ['groq', 'openai/gpt-oss-120b', { tokensPerSecondMax: 1_000 }],
    ['groq', 'llama-3.3-70b-versatile', { tokensPerSecondMax: 560 }],
    ['cerebras', 'gpt-oss-120b', { tokensPerSecondMax: 6_000 }],
    ['cerebras', 'qwen-3.8-27b', { tokensPerSecondMax: 3_700 }],
    ['groq', 'llama-3.1-8b-instant', undefined],
    ['fireworks-ai', 'gpt-oss-120b', undefined],
  ])('of %s, %s: %j', (provider, model, serving) => expect(servingOf(provider, model)).toEqual(serving));
});
