import type { NanoUsd } from '@gatehouse/kernel';
import type { Amounts } from '@gatehouse/leases';
import { costRoundedUp, type ImageTokens, type Tariff, tariffOf } from '@gatehouse/offering';
import type { Demand, OutputDemand, PromptDemand } from './ask';
import { affordable, type DearestRates, dearestRates, FREE } from './cost';
import type { ImageSize } from './image-size';
import type { Model } from './model';
import type { OutputLimit } from './output-limit';
import { invalidRequest, Refusal } from './refusal';

/** The worst case of a request. What it really costs is at most this, as long as the provider honours its limit. */
export interface Bound {
  readonly inputTokens: number;
  /** Of all choices together. */
  readonly outputTokens: number;
  /** Absent: the model is unpriced. */
  readonly nanoUsd?: NanoUsd;
  /** What it was made with. */
  readonly rates?: DearestRates;
}

/** The bounds of a request, from the widest to the least that is of any use. */
export interface Plan {
  /** What the request is charged by. */
  readonly tariff?: Tariff;
  /** The dearest that it can come to: what the bound is made of. */
  readonly rates?: DearestRates;
  readonly inputTokens: number;
  /** What of it is the text of the prompt, the model's own overhead apart; 0 where the prompt is more than text. */
  readonly textTokens: number;
  readonly choices: number;
  /** Output beside what the limit allows: rejected predictions. */
  readonly extraOutput: number;
  /** Tokens of one choice. Equal to `perChoiceMin` when the client set the limit. */
  readonly perChoiceMax: number;
  readonly perChoiceMin: number;
}

/** Tokens that a template puts around one message, and around the whole prompt. */
const TOKENS_PER_MESSAGE = 16;
const TOKENS_PER_PROMPT = 64;
/** Tokens by which a template says where an image begins and ends. */
const TOKENS_PER_IMAGE = 16;
/** Instructions that providers put before the description of tools. */
const TOKENS_OF_TOOL_PROMPT = 1_024;

/** What a request without an output limit is given, in tokens of one choice. */
export interface OutputSettings {
  /** At most, where there is room. */
  readonly outputDefault: number;
  /** At least: a shorter answer is of no use to anybody who did not ask for it. */
  readonly outputFloor: number;
}

/**
 * Bounds a demand from above. Tokens are never more than the UTF-8 bytes of the text they stand for; of a model whose
 * largest output is unknown the output is bounded by the limit that is sent. Throws Refusal when the output limit is above
 * the model's own, and when nothing bounds the input: no text, and no known context window.
 *
 * @param learnt tokens that the model's own template was seen to add beside what any may; at the least it adds those that are
 *   said of it.
 */
export const planFor = (
  demand: Demand,
  model: Model,
  limit: OutputLimit | undefined,
  settings: OutputSettings,
  learnt = 0,
): Plan => {
  if (!demand.billed) return NOTHING_BILLED;
  const tariff = tariffOf(model);
  const { prompt } = demand;
  const overhead = Math.max(model.templateTokens ?? 0, learnt);
  const inputTokens = inputBoundOf(prompt, model, overhead);
  const { keepsHour } = prompt;
  const opaque = prompt.opaque || prompt.images.length > 0;
  const { standardTier = false } = demand;
  const output = outputPlanOf(demand.output, model, limit, settings);
  return {
    tariff,
    rates: tariff && dearestRates(tariff, inputTokens, { keepsHour, opaque, standardTier }),
    inputTokens,
    textTokens: opaque ? 0 : Math.max(0, inputTokens - overhead),
    choices: output.choices,
    extraOutput: output.extraOutput,
    perChoiceMax: output.perChoiceMax,
    perChoiceMin: output.perChoiceMin,
  };
};

type OutputPlan = Pick<Plan, 'choices' | 'extraOutput' | 'perChoiceMax' | 'perChoiceMin'>;

const NO_OUTPUT: OutputPlan = { choices: 1, extraOutput: 0, perChoiceMax: 0, perChoiceMin: 0 };
const NOTHING_BILLED: Plan = { tariff: FREE, rates: FREE.base, inputTokens: 0, textTokens: 0, ...NO_OUTPUT };

const outputPlanOf = (
  output: OutputDemand | undefined,
  { maxOutputTokens = Number.MAX_SAFE_INTEGER }: Model,
  limit: OutputLimit | undefined,
  { outputDefault, outputFloor }: OutputSettings,
): OutputPlan => {
  if (!output || !limit) return NO_OUTPUT;
  const { choices, predictionBytes, limitUnset = outputDefault } = output;
  if (limit.tokens !== undefined && limit.tokens > maxOutputTokens) {
    const message = `The model writes at most ${maxOutputTokens} tokens, fewer than the limit that was set.`;
    throw invalidRequest(message, [...output.limits.keys()][0] ?? limit.name);
  }
  const perChoiceMax = limit.tokens ?? Math.min(maxOutputTokens, limitUnset);
  return {
    choices,
    extraOutput: predictionBytes * choices,
    perChoiceMax,
    perChoiceMin: limit.tokens ?? Math.min(perChoiceMax, outputFloor),
  };
};

const inputBoundOf = (
  prompt: PromptDemand,
  { contextWindow, imageTokens }: Model,
  overhead: number,
): number => {
  const window = contextWindow === undefined ? undefined : contextWindow * prompt.prompts;
  const images = imagesBoundOf(prompt.images, imageTokens);
  if (!prompt.opaque && images !== undefined)
    return Math.min(
      window ?? Number.MAX_SAFE_INTEGER,
      textTokensOf(prompt) + images + overhead * prompt.prompts,
    );
  if (window !== undefined) return window;
  const message =
    'Only text can be sent to this model: its context window is unknown, and nothing else bounds the rest.';
  throw new Refusal('model_unbounded', message, { param: 'messages' });
};

/** Undefined where nobody says what an image comes to. */
const imagesBoundOf = (
  images: readonly (ImageSize | undefined)[],
  tokens: ImageTokens | undefined,
): number | undefined => {
  if (images.length === 0) return 0;
  return tokens && images.reduce((sum, size) => sum + TOKENS_PER_IMAGE + imageBoundOf(size, tokens), 0);
};

/** An image whose size is not known is as large as any. */
const imageBoundOf = (
  size: ImageSize | undefined,
  { base, squareSide, squareMillitokens, squaresMax }: ImageTokens,
): number => {
  const across = (pixels: number): number => (squareSide > 0 ? Math.ceil(pixels / squareSide) : 0);
  const squares = size ? Math.min(squaresMax, across(size.width) * across(size.height)) : squaresMax;
  return base + Math.ceil((squares * squareMillitokens) / 1_000);
};

const textTokensOf = ({ bytes, messages, usesTools }: PromptDemand): number =>
  bytes + messages * TOKENS_PER_MESSAGE + TOKENS_PER_PROMPT + (usesTools ? TOKENS_OF_TOOL_PROMPT : 0);

/** The bound of a plan under an output limit per choice. */
export const boundAt = ({ rates, inputTokens, choices, extraOutput }: Plan, perChoice: number): Bound => {
  const outputTokens = perChoice * choices + extraOutput;
  const nanoUsd = rates && boundCost(inputTokens, outputTokens, rates);
  return { inputTokens, outputTokens, nanoUsd, rates };
};

/** What tokens cost at most. */
export const boundCost = (inputTokens: number, outputTokens: number, rates: DearestRates): NanoUsd =>
  costRoundedUp(fixedCostOf(inputTokens, rates) + BigInt(outputTokens) * rates.output);

/** What the input and the call by itself cost, not divided. */
const fixedCostOf = (inputTokens: number, { input, request }: DearestRates): bigint => {
  const cost = BigInt(inputTokens) * input;
  return request === undefined ? cost : cost + request;
};

/** What is asked of the ledger; nothing in USD where the model is unpriced, which the ask says apart. */
export const amountsOf = (bound: Bound, requests = 1n): Amounts => ({
  nanoUsd: bound.nanoUsd ?? 0n,
  tokens: BigInt(bound.inputTokens + bound.outputTokens),
  requests,
});

/** The largest output limit per choice whose bound a grant covers, within the plan's range. */
export const perChoiceWithin = (plan: Plan, cap: Amounts): number => {
  const { rates, inputTokens, choices, extraOutput, perChoiceMax, perChoiceMin } = plan;
  if (perChoiceMin === perChoiceMax) return perChoiceMax;
  const limits = [Number(cap.tokens) - inputTokens];
  if (rates) {
    limits.push(affordable(cap.nanoUsd as NanoUsd, fixedCostOf(inputTokens, rates), rates.output));
  }
  const perChoice = Math.floor((Math.min(...limits) - extraOutput) / choices);
  return Math.max(perChoiceMin, Math.min(perChoiceMax, perChoice));
};
