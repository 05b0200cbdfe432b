import { spawn } from 'node:child_process';
import { text as readAll } from 'node:stream/consumers';
import { ConformanceDocument, eventually } from '@gatehouse/kernel/testing';
import { EveryDialect, SIMULATED_DIALECTS, type SimulatedDialect } from './every-dialect';
import type { Product } from './product';
import { SDK_EXAMPLES, type SdkExample } from './sdk-examples';
import { inCommonWords, SDK_FEATURES, SDK_MODELS, type SdkFeature } from './sdk-features';
import { type Heard, SdkProcess } from './sdk-process';
import { ALL_SDKS, PYTHON, type Sdk, SDKS, SDKS_IN_CI } from './sdks';
import { sharedProduct } from './shared-product';

const START_MS = 120_000;

/** `npm run test:sdks` fetches all of them, and says from where. */
const fetched = process.env['GATEHOUSE_TEST_SDKS']?.split(',');
const sdks = fetched ? ALL_SDKS.filter(({ registry }) => fetched.includes(registry)) : SDKS_IN_CI;
/** Of the registries that were fetched from; else what the repository has anyway. */
const isFetched = ({ language, packages }: SdkExample): boolean =>
  fetched
    ? fetched.includes(language === 'js' ? 'npm' : 'pypi')
    : language === 'js' && packages.every((name) => name === 'openai');

const document = new ConformanceDocument('sdks.md');

describe('official SDKs, unmodified', () => {
  let product: Product;
  let providers: EveryDialect;

  beforeAll(async () => {
    product = await sharedProduct();
    providers = await EveryDialect.connect(product, Object.values(SDK_MODELS));
  }, START_MS);

  describe.each(sdks.map((sdk) => [sdk.name, sdk] as const))('%s', (_name, sdk) => {
    let process: SdkProcess;
    beforeAll(() => {
      process = SdkProcess.start(sdk.command(product.gatewayUrl), SDKS);
    });
    afterAll(() => process.stop());

    const ask = async (feature: SdkFeature, dialect: SimulatedDialect): Promise<Heard> => {
      const { model = 'quick', key = 'good', parameters, ...asked } = feature.asked;
      const heard = await process.ask({
        ...{ kind: 'chat', prompt: 'How many roads must a man walk down?', maxTokens: 200, ...asked },
        ...(parameters && { parameters: parameters[sdk.language] }),
        model: feature.model ?? providers.modelOf(dialect, SDK_MODELS[model]),
        key: providers.keyOf(key),
      });
      return inCommonWords(heard);
    };

    for (const feature of SDK_FEATURES) {
      const section = document.section(sdk.name, SIMULATED_DIALECTS);
      section.declare(feature.name);
      if (sdk.without.includes(feature.name)) {
        for (const dialect of SIMULATED_DIALECTS) section.tell(feature.name, dialect, 'not applicable');
        continue;
      }
      it.each(SIMULATED_DIALECTS)(`${feature.name}, of %s`, async (dialect) => {
        const left = await providers.callsLeft();
        const heard = await ask(feature, dialect);
        const refused = refusalOf(feature, sdk, dialect);
        if (refused) {
          expect(heard).toMatchObject({ error: { status: 400, code: refused } });
          const { param } = heard.error ?? {};
          const named = refused === 'unsupported_parameter' && typeof param === 'string';
          section.tell(feature.name, dialect, { refused, ...(named && { param }) });
          return;
        }
        expect(heard).toMatchObject(expectedOf(feature, sdk));
        if (heard.pieces !== undefined) expect(heard.pieces).toBeGreaterThan(1);
        if (heard.models) expect(heard.models).toContain(providers.modelOf(dialect, SDK_MODELS.quick));
        if (heard.left) await eventually(async () => expect(await providers.callsLeft()).toBe(left + 1));
        section.tell(feature.name, dialect, 'yes');
      });
    }
  });

  it.each(SDK_EXAMPLES.filter(isFetched).map((example) => [example.packages.join(', '), example] as const))(
    'are used as the documents say: %s',
    async (_packages, { language, text }) => {
      const [command, ...args] =
        language === 'js' ? [process.execPath, '--input-type=module', '-'] : [PYTHON, '-'];
      const child = spawn(command, args, {
        cwd: SDKS,
        env: { ...process.env, GATEHOUSE_API_KEY: providers.keyOf('good') },
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      child.stdin.end(text.replaceAll('http://127.0.0.1:8787', product.gatewayUrl));
      expect(await readAll(child.stdout)).toMatch(/^(tok )+$/m);
    },
  );

  it('are in the documents as they were heard', () => {
    document.check({ whole: sdks.length === ALL_SDKS.length });
  });
});

/** The code with which it is refused; undefined where it is served. */
const refusalOf = (
  { name, refused }: SdkFeature,
  sdk: Sdk,
  dialect: SimulatedDialect,
): string | undefined => {
  const of = [...(refused?.of ?? []), ...(sdk.refused?.[name] ?? [])];
  return of.includes(dialect) ? (refused?.code ?? 'unsupported_parameter') : undefined;
};

/** Of an SDK with one class of errors it is not asked which. */
const expectedOf = ({ heard }: SdkFeature, { errorClasses }: Sdk): object => {
  if (errorClasses || !('error' in heard)) return heard;
  const error = heard.error as Readonly<Record<string, unknown>>;
  if (error['class'] === undefined) return heard;
  const { class: _one, ...others } = error;
  return { error: others };
};
