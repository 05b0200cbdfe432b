import { ConformanceDocument } from '@gatehouse/kernel/testing';
import { PASSAGES } from './domain/passages';
import { SURFACES } from './domain/surfaces';
import type { DialectName } from './domain/dialects/dialect';
import { SURFACE_NAMES, type SurfaceName } from './domain/surfaces/surface';
import {
  CONFORMANCE,
  CONFORMANCE_MODELS,
  type ConformanceAnswer,
  type ConformanceFeature,
} from './testing/conformance-features';
import { API_KEY } from './testing/gateway-fixture';
import { SIMULATED_DIALECTS, SimulatedProviders } from './testing/simulated-providers';

/** The surface, and where it is posted to. */
const titleOf = (surface: SurfaceName): string => `\`${surface}\`: POST /${SURFACES[surface].paths[0]}`;

const document = new ConformanceDocument('conformance.md');

describe('what clients can ask, of what providers', () => {
  let providers: SimulatedProviders;

  beforeAll(async () => {
    providers = await SimulatedProviders.start(Object.values(CONFORMANCE_MODELS));
  });
  afterAll(() => providers.stop());

  const ask = (surface: SurfaceName, dialect: DialectName, feature: ConformanceFeature): Promise<Response> =>
    fetch(`${providers.url}/${SURFACES[surface].paths[0]}`, {
      method: 'POST',
      headers: { 'x-api-key': API_KEY, 'anthropic-version': '2023-06-01' },
      body: JSON.stringify({
        model: `@${dialect}/${CONFORMANCE_MODELS[feature.model ?? 'quick']}`,
        ...CONFORMANCE[surface].base,
        ...feature.body,
      }),
    });

  const refusal = async (answer: Response, code: string): Promise<string | undefined> => {
    const { error } = (await answer.json()) as { error?: { code: string; param?: string } };
    expect([answer.status, error?.code]).toEqual([400, code]);
    return error?.param;
  };

  /** The one way to a cell: a test that has passed. */
  const conformance = (surface: SurfaceName, dialect: DialectName, feature: ConformanceFeature): void => {
    const section = document.section(titleOf(surface), SIMULATED_DIALECTS);
    const { name, refused, leftOut } = feature;
    const spoken = PASSAGES[surface][dialect] !== undefined;
    if (!spoken && name !== 'plain') return section.tell(name, dialect, 'not applicable');
    it(`${surface}, of ${dialect}: ${name}`, async () => {
      const answer = await ask(surface, dialect, feature);
      if (!spoken) {
        await refusal(answer, 'unsupported_surface');
        return section.tell(name, dialect, { refused: 'unsupported_surface' });
      }
      const param = refused?.[dialect];
      if (param !== undefined) {
        expect(await refusal(answer, 'unsupported_parameter')).toBe(param);
        return section.tell(name, dialect, { refused: 'unsupported_parameter', param });
      }
      expect(await answerIn(answer)).toMatchObject({ status: 200, ...feature.answer });
      // What is not named there was said to the provider.
      const dropped = leftOut?.[dialect];
      expect(answer.headers.get('x-gatehouse-dropped')).toBe(dropped ?? null);
      section.tell(name, dialect, dropped === undefined ? 'yes' : { leftOut: dropped });
    });
  };

  for (const surface of SURFACE_NAMES)
    for (const feature of CONFORMANCE[surface].features) {
      document.section(titleOf(surface), SIMULATED_DIALECTS).declare(feature.name);
      for (const dialect of SIMULATED_DIALECTS) conformance(surface, dialect, feature);
    }

  it('is in the documents as it was seen', () => document.check({ whole: true }));
});

const answerIn = async (answer: Response): Promise<ConformanceAnswer & { status: number }> => {
  const { status } = answer;
  const text = await answer.text();
  if (!answer.headers.get('content-type')?.startsWith('text/event-stream'))
    return { status, events: [], body: JSON.parse(text) as ConformanceAnswer['body'] };
  const events = [...text.matchAll(/^data: (\{.*\})$/gm)].map(
    ([, data = '']) => JSON.parse(data) as Readonly<Record<string, unknown>>,
  );
  return { status, events, body: {} };
};
