import { AppError, formatUsd } from '@gatehouse/kernel';
import { registryV1, typeV1 } from '@gatehouse/proto-gen';
import { type Command, Option } from 'commander';
import { allPages } from '../all-pages';
import { parseCount, parseSmallCount } from '../limit-options';
import type { Output } from '../output';
import { type PriceOptions, pricesOf, withPriceOptions } from '../price-options';
import { type Act, type ChangeOptions, type Session, withChangeOptions } from '../session';

interface AccessOptions extends ChangeOptions {
  readonly all?: boolean;
  readonly clear?: boolean;
  readonly allow?: string;
  readonly revoke?: string;
  readonly autoEnable?: 'on' | 'off';
  readonly search: string;
}

interface CustomModelOptions extends ChangeOptions, PriceOptions {
  readonly base?: string;
  readonly fineTuned?: boolean;
  readonly context?: string;
  readonly maxOutput?: string;
  readonly templateTokens?: string;
  readonly outputLimit?: string;
  readonly tokensPerSecond?: string;
}

/** `model-access`, `custom-model`, `price-override`. */
export const addModelCommands = (program: Command, act: Act): void => {
  withChangeOptions(
    program
      .command('model-access')
      .description('list the models of an integration, or change which of them it offers')
      .argument('<integration-id>')
      .addOption(new Option('--all', 'select all that the catalog lists now').conflicts('clear'))
      .option('--clear', 'select none, custom models included; beside --allow: none but these')
      .option('--allow <models>', 'allow by name, catalogued or not: a,b')
      .option('--revoke <models>', 'revoke by name, whatever else allows them: a,b')
      .addOption(
        new Option('--auto-enable <switch>', 'allow every model that is not revoked, now and later').choices([
          'on',
          'off',
        ]),
      )
      .option('--search <text>', 'list only those whose name contains it', ''),
  ).action(act(modelAccess));
  withChangeOptions(
    withPriceOptions(
      program
        .command('custom-model')
        .description('define a model that the catalog does not know, or knows otherwise; or remove it')
        .argument('<integration-id>')
        .argument('<action>', 'set | remove')
        .argument('<model>')
        .option(
          '--base <model>',
          "the catalog's model whose facts and prices it has where its own are absent",
        )
        .option(
          '--fine-tuned',
          'it is the base model, trained further: without prices of its own it is unpriced',
        )
        .option('--context <tokens>', 'context window: input plus output')
        .option('--max-output <tokens>', 'largest output of one choice')
        .option('--template-tokens <tokens>', 'what its server puts around every prompt by itself')
        .option('--output-limit <name>', 'the one name under which it honours an output limit: max_tokens, …')
        .option('--tokens-per-second <tokens>', 'the fastest that it writes an answer'),
    ),
  ).action(act(customModel));
  withChangeOptions(
    withPriceOptions(
      program
        .command('price-override')
        .description("list an integration's own prices, set or remove one, or multiply the price book's")
        .argument('<integration-id>')
        .argument('[action]', 'set | remove | multiply')
        .argument('[model]', 'the model; of multiply, the factor: 0.8 takes a fifth off'),
    ),
  ).action(act(priceOverride));
};

const modelAccess = async (
  { connection, output }: Session,
  { all, clear, allow, revoke, autoEnable, search, ...change }: AccessOptions,
  integrationId: string,
): Promise<void> => {
  const asksForNothing = ![all, clear, allow, revoke, autoEnable].some((option) => option !== undefined);
  const response = asksForNothing
    ? undefined
    : await connection.integrations().changeModelAccess({
        ...change,
        integrationId,
        selection: all
          ? registryV1.ModelSelection.ALL
          : clear
            ? registryV1.ModelSelection.NONE
            : registryV1.ModelSelection.UNSPECIFIED,
        autoEnable: autoEnable && autoEnable === 'on',
        allow: namesIn(allow),
        revoke: namesIn(revoke),
      });
  if (response === undefined) return listModels({ connection, output }, integrationId, { search });
  showAccess(output, registryV1.ChangeModelAccessResponse.toJSON(response), response.integration);
};

const customModel = async (
  { connection, output }: Session,
  { requestId, reason, ...options }: CustomModelOptions,
  integrationId: string,
  action: string,
  name: string,
): Promise<void> => {
  const target = { requestId, reason, integrationId };
  switch (action) {
    case 'set': {
      const { base: baseModel = '', fineTuned = false, context, maxOutput } = options;
      const response = await connection.integrations().defineCustomModel({
        ...target,
        model: typeV1.CustomModel.fromPartial({
          name,
          baseModel,
          fineTuned,
          prices: pricesOf(options),
          contextWindow: context === undefined ? undefined : parseCount(context),
          maxOutputTokens: maxOutput === undefined ? undefined : parseCount(maxOutput),
          serving: servingOf(options),
        }),
      });
      return showAccess(output, registryV1.DefineCustomModelResponse.toJSON(response), response.integration);
    }
    case 'remove': {
      const response = await connection.integrations().removeCustomModel({ ...target, name });
      return showAccess(output, registryV1.RemoveCustomModelResponse.toJSON(response), response.integration);
    }
    default:
      throw unknownAction(action, 'set, remove');
  }
};

const servingOf = ({
  templateTokens = '0',
  outputLimit = '',
  tokensPerSecond = '0',
}: Omit<CustomModelOptions, keyof ChangeOptions>): typeV1.ModelServing => ({
  templateTokens: parseCount(templateTokens),
  outputLimit,
  tokensPerSecondMax: parseSmallCount(tokensPerSecond),
});

const priceOverride = async (
  session: Session,
  { requestId, reason, ...prices }: ChangeOptions & PriceOptions,
  integrationId: string,
  action?: string,
  subject = '',
): Promise<void> => {
  const { connection, output } = session;
  const target = { requestId, reason, integrationId };
  switch (action) {
    case undefined:
      return listModels(session, integrationId, { overridden: true });
    case 'set': {
      const request = { ...target, model: subject, prices: pricesOf(prices) };
      const response = await connection.integrations().overridePrice(request);
      return showAccess(output, registryV1.OverridePriceResponse.toJSON(response), response.integration);
    }
    case 'remove': {
      const response = await connection.integrations().removePriceOverride({ ...target, model: subject });
      return showAccess(
        output,
        registryV1.RemovePriceOverrideResponse.toJSON(response),
        response.integration,
      );
    }
    case 'multiply': {
      const request = { ...target, priceMultiplier: parseFactor(subject) };
      const response = await connection.integrations().setPriceMultiplier(request);
      return showAccess(output, registryV1.SetPriceMultiplierResponse.toJSON(response), response.integration);
    }
    default:
      throw unknownAction(action, 'set, remove, multiply');
  }
};

const listModels = async (
  { connection, output }: Session,
  integrationId: string,
  { search = '', overridden = false }: { readonly search?: string; readonly overridden?: boolean },
): Promise<void> => {
  const client = connection.integrations();
  const listed = await allPages(
    (pageToken) =>
      client.listIntegrationModels(
        registryV1.ListIntegrationModelsRequest.fromPartial({
          integrationId,
          search,
          pageSize: 500,
          pageToken,
        }),
      ),
    (page) => page.models,
  );
  const models = overridden
    ? listed.filter(({ priceLayer }) => priceLayer === registryV1.PriceLayer.OVERRIDE)
    : listed;
  output.answer(
    { models: models.map(registryV1.IntegrationModel.toJSON) },
    [
      'model',
      'offered',
      'why',
      'input USD per million',
      'output USD per million',
      'priced by',
      'context',
      '',
    ],
    models.map((model) => [
      model.name,
      model.allowed ? 'yes' : 'no',
      wordOf(registryV1.ModelAccessReason[model.accessReason], 'MODEL_ACCESS_REASON'),
      price(model.prices?.rates?.input),
      price(model.prices?.rates?.output),
      model.prices ? wordOf(registryV1.PriceLayer[model.priceLayer], 'PRICE_LAYER') : '',
      String(model.contextWindow ?? 'unknown'),
      remarksOn(model),
    ]),
  );
};

const showAccess = (output: Output, json: unknown, shown: registryV1.Integration | undefined): void =>
  output.answer(
    json,
    [
      'integration',
      'slug',
      'selected at',
      'auto-enable',
      'allowed',
      'revoked',
      'custom',
      'price factor',
      'revision',
    ],
    shown ? [accessRow(shown)] : [],
  );

const accessRow = ({ modelAccess: access, ...shown }: registryV1.Integration): string[] => [
  shown.id,
  `@${shown.slug}`,
  access?.selectedAt ? `catalog ${access.selectedAt}` : 'none',
  access?.autoEnable ? 'on' : 'off',
  String(access?.allowed ?? 0),
  String(access?.revoked ?? 0),
  String(shown.customModels.length),
  printFactor(shown.priceMultiplier),
  String(shown.revision),
];

const remarksOn = ({ withdrawn, successor, workspaceIds, ...model }: registryV1.IntegrationModel): string =>
  [
    ...(model.fineTuned ? [`fine-tuned from ${model.baseModel}`] : []),
    ...(model.unknown ? ['unknown'] : []),
    ...(model.serving ? remarksOnServing(model.serving) : []),
    ...(withdrawn ? [`withdrawn${successor && `, successor ${successor}`}`] : []),
    ...(workspaceIds.length > 0 ? [`used by ${workspaceIds.join(' ')}`] : []),
  ].join('; ');

const remarksOnServing = (serving: typeV1.ModelServing): string[] => [
  ...(serving.templateTokens > 0n ? [`template of ${serving.templateTokens} tokens`] : []),
  ...(serving.outputLimit !== '' ? [`limited by ${serving.outputLimit}`] : []),
  ...(serving.tokensPerSecondMax > 0 ? [`at most ${serving.tokensPerSecondMax} tokens a second`] : []),
];

const wordOf = (name: string | undefined, prefix: string): string =>
  (name ?? '').replace(`${prefix}_`, '').toLowerCase().replaceAll('_', '-');

const price = (value: bigint | undefined): string => (value === undefined ? 'unpriced' : formatUsd(value));

const namesIn = (list: string | undefined): string[] =>
  list === undefined ? [] : list.split(',').filter((name) => name !== '');

/** A factor with at most four decimals, in ten-thousandths. */
const parseFactor = (text: string): bigint => {
  const [, whole, decimals = ''] = /^(\d{1,3})(?:\.(\d{1,4}))?$/.exec(text) ?? [];
  if (whole === undefined) throw new AppError('INVALID', 'FACTOR_MALFORMED', { metadata: { text } });
  return BigInt(whole) * 10_000n + BigInt(decimals.padEnd(4, '0'));
};

const printFactor = (factor: bigint): string =>
  `${factor / 10_000n}.${String(factor % 10_000n).padStart(4, '0')}`.replace(/\.?0+$/, '');

const unknownAction = (action: string, known: string): AppError =>
  new AppError('INVALID', 'ACTION_UNKNOWN', { metadata: { action, known } });
