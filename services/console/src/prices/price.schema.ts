import { z } from 'zod';

/** An exact amount, as `formatUsd` writes it. */
export const usd = z.string().meta({ description: 'USD, a decimal number with at least two decimals.' });

/** What is priced apart from the rest: a million tokens of each, where its name says nothing else. */
export const RATE_NAMES = [
  'input',
  'output',
  'cached_input',
  'cache_write',
  'cache_write_hour',
  'reasoning',
  'audio_input',
  'cached_audio_input',
  'audio_output',
  'image',
  'second',
  'character',
  'search',
  'request',
  'image_input',
  'cached_image_input',
  'image_output',
  'page',
] as const;

export const rates = z.partialRecord(z.enum(RATE_NAMES), usd).meta({
  description:
    'USD per million of each. What is absent costs as what it is part of, or is unknown; it is not 0.',
});

const pricesOfOneTier = {
  rates,
  tiers: z
    .array(z.object({ input_tokens_above: z.int(), rates }))
    .meta({ description: 'For requests with more input than that, cached input included.' }),
};

export const prices = z.object({
  ...pricesOfOneTier,
  service_tiers: z
    .record(z.string(), z.object(pricesOfOneTier))
    .meta({ description: 'Where they are other, by the name that the provider has for the tier.' }),
});

export type PricesAnswer = z.output<typeof prices>;
export type RateName = (typeof RATE_NAMES)[number];
