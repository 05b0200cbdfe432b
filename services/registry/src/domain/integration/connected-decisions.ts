import type { FieldViolation } from '@gatehouse/kernel';
import { type CustomModel, type ModelDecisions, NOTHING_DECIDED } from '@gatehouse/offering';
import { customModelsFaults, modelNamesFaults } from './model';

/** Which models whoever connects wants. */
export interface WantedModels {
  readonly custom: readonly CustomModel[];
  /** Beside custom ones; empty: all that the catalog lists now, unless only what is named is wanted. */
  readonly named: readonly string[];
  readonly onlyNamed: boolean;
  readonly autoEnable: boolean;
}

/** What is wrong with them; `field` is the proto's spelling. */
export const wantedModelsFaults = ({ custom, named }: WantedModels): readonly FieldViolation[] => [
  ...customModelsFaults(custom),
  ...modelNamesFaults(named, 'models'),
];

/** What is decided by connecting, while the catalog is of a version. */
export const connectedDecisions = (
  { custom, named, onlyNamed, autoEnable }: WantedModels,
  catalogVersion: bigint,
): ModelDecisions => ({
  ...NOTHING_DECIDED,
  access: {
    ...NOTHING_DECIDED.access,
    selectedAt: named.length === 0 && !onlyNamed ? catalogVersion : 0n,
    autoEnable,
    allowed: new Set(named),
  },
  customModels: new Map(custom.map((model) => [model.name, model])),
});
