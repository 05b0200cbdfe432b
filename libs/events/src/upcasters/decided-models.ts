import type { JsonObject, Upcaster } from '@gatehouse/event-store';

/** Of a model as it was once frozen: its flat prices, by the names that they have today. */
const RATES = {
  inputNanoUsdPerMillion: 'input',
  outputNanoUsdPerMillion: 'output',
  cachedInputNanoUsdPerMillion: 'cachedInput',
  cacheWriteNanoUsdPerMillion: 'cacheWrite',
} as const;

/**
 * A connection once froze the models that it offered. Its admin had decided on the custom ones, and took the others as the
 * catalog listed them: these are allowed by name.
 */
export const decidedModels: Upcaster = ({ models, customModels, ...event }) => {
  const custom = modelsOf(customModels);
  const replaced = new Set(custom.map(({ name }) => name));
  const allowed = modelsOf(models)
    .map(({ name }) => String(name))
    .filter((name) => !replaced.has(name))
    .sort();
  return {
    ...event,
    modelDecisions: {
      access: { ...(allowed.length > 0 && { allowed }) },
      ...(custom.length > 0 && { customModels: custom.map(customModelOf) }),
      priceMultiplier: '10000',
    },
  };
};

const modelsOf = (value: JsonObject[string] | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? (value as readonly JsonObject[]) : [];

const customModelOf = (model: JsonObject): JsonObject => {
  const rates = Object.entries(RATES).flatMap(([flat, unit]) => {
    const rate = model[flat];
    return rate === undefined ? [] : [[unit, rate] as const];
  });
  const { name, contextWindow, maxOutputTokens } = model;
  return {
    ...(name !== undefined && { name }),
    ...(rates.length > 0 && { prices: { rates: Object.fromEntries(rates) } }),
    ...(contextWindow !== undefined && { contextWindow }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
  };
};
