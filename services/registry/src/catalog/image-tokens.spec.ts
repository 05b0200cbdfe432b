import { imageTokensOf } from './image-tokens';
import { keptModels } from './model-facts';

/** What vendors publish of an image of so many pixels, by the documents that the rows are made of. */
const bound = (model: string, width: number, height: number): number => {
  const { base, squareSide, squareMillitokens, squaresMax } = imageTokensOf(model)!;
  const across = (pixels: number): number => (squareSide > 0 ? Math.ceil(pixels / squareSide) : 0);
  const squares = Math.min(squaresMax, across(width) * across(height));
  return base + Math.ceil((squares * squareMillitokens) / 1_000);
};

describe('what an image comes to at most', () => {
  it.each([
    ['gpt-4o', 1_024, 1_024, 765],
    ['gpt-4o', 2_048, 4_096, 1_105],
    ['gpt-4o', 128, 64, 255],
    ['gpt-4o-mini', 128, 64, 8_500],
    ['o3', 128, 64, 225],
    ['gpt-5', 1_024, 1_024, 630],
    ['gpt-4.1-mini', 1_024, 1_024, 1_659],
    ['gpt-4.1-nano', 1_800, 2_400, 3_572],
    ['o4-mini', 1_024, 1_024, 1_762],
    ['gpt-5.4', 1_600, 1_600, 3_000],
    ['claude-haiku-4-5', 1_000, 1_000, 1_334],
    ['claude-opus-4-6', 8_000, 8_000, 1_568],
    ['anthropic/claude-opus-4.7', 2_576, 1_456, 4_784],
    ['eu.anthropic.claude-sonnet-4-20250514-v1:0', 1_092, 1_092, 1_590],
    ['gemini-2.5-flash', 300, 300, 258],
    ['gemini-2.5-pro', 960, 540, 1_548],
    ['gemini-3-flash-preview', 4_000, 4_000, 1_120],
  ])(
    '%s sees %i × %i as no more than it may cost, and not as the whole window',
    (model, width, height, published) => {
      expect(bound(model, width, height)).toBeGreaterThanOrEqual(published);
      expect(bound(model, width, height)).toBeLessThanOrEqual(4 * published + 2_240);
    },
  );

  it.each(['gpt-6-sol', 'gemini-4-argon', 'amazon.nova-lite-v1:0', 'llava', 'my-claude', 'gpt-4'])(
    'is not known of %s, of which nobody says',
    (model) => expect(imageTokensOf(model)).toBeUndefined(),
  );

  it('is said of models that take images, and of no other', () => {
    for (const provider of ['openai', 'anthropic', 'bedrock']) {
      const models = [...keptModels(provider).values()];
      const told = models.filter(({ imageTokens }) => imageTokens);
      expect(told.length).toBeGreaterThan(10);
      expect(told.every(({ capabilities }) => capabilities.includes('image-input'))).toBe(true);
    }
  });
});
