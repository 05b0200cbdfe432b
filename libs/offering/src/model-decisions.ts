import type { ModelKind, ModelLimits, ModelServing } from './model-facts';
import type { Prices } from './prices';

/** Which models an integration offers. No name is both allowed and revoked. */
export interface ModelAccess {
  /** All that the catalog had listed by this version of it are allowed; 0: none for that reason. */
  readonly selectedAt: bigint;
  /** Every model is allowed, catalogued or not, now and later. */
  readonly autoEnable: boolean;
  /** Allowed by name, catalogued or not. */
  readonly allowed: ReadonlySet<string>;
  /** Not allowed, whatever else is said of them. */
  readonly revoked: ReadonlySet<string>;
}

/** A model that the catalog does not know, or knows otherwise. */
export interface CustomModel extends ModelLimits {
  readonly name: string;
  /** The catalog's model whose facts and prices it has where its own are absent. */
  readonly baseModel?: string;
  /** It is the base model, trained further: it has its facts, and not its prices. */
  readonly fineTuned: boolean;
  readonly kind?: ModelKind;
  readonly prices?: Prices;
  /** What it does not say is as the base model has it. */
  readonly serving?: ModelServing;
}

/** What the admin decided of an integration's models: all that is recorded and travels. Keys of the maps are names. */
export interface ModelDecisions {
  readonly access: ModelAccess;
  readonly customModels: ReadonlyMap<string, CustomModel>;
  readonly priceOverrides: ReadonlyMap<string, Prices>;
  /** In ten-thousandths, of the price book's prices alone. */
  readonly priceMultiplier: bigint;
}
