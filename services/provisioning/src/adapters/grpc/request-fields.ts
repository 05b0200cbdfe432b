import type { EventMetadata } from '@gatehouse/event-store';
import { revision, type Revision } from '@gatehouse/event-store';
import {
  type Caller,
  cursorsOf,
  fromProtoLimits,
  KEYED_PLACES,
  largerRequest,
  type Paging,
  RequestChecks,
} from '@gatehouse/grpc';
import {
  AppError,
  type KeyedPlace,
  type LimitSpec,
  type ModelAccess,
  type OrganizationId,
  organizationId,
} from '@gatehouse/kernel';
import { metadataOf, organizationOf } from '@gatehouse/platform';
import { provisioningV1, type typeV1 } from '@gatehouse/proto-gen';
import { fromProtoExisting } from '../events/existing-provisions';

const MODELS_MAX = 1_000;
const MODEL_NAME_MAX = 256;

/** 1,000 names of models of 256 characters each, and limits. */
export const MODELS_REQUEST = largerRequest({ kibibytes: 1_024, fieldsMax: 2_048 });

/** 10,000 ids of workspaces, 1,000 names of models of 256 characters each, and limits. */
export const BULK_REQUEST = largerRequest({ kibibytes: 1_024, fieldsMax: 12_048 });

/** The faults of the fields that requests of this service have in common. */
export class ProvisioningChecks extends RequestChecks {
  /** 1 … 100 characters. */
  name(value: string): string {
    const name = this.text('name', value, { min: 1, max: 100 });
    if (value !== '' && value.trim() !== value) this.fault('name', 'must not begin or end with a space');
    return name;
  }

  id<Id>(field: string, value: string, parser: (raw: string) => Id): Id {
    // The value is used only after `done`, which throws where there was a fault.
    return this.parse(field, value === '' ? 'is required' : 'is not such an id', () => parser(value)) as Id;
  }

  optionalId<Id>(field: string, value: string, parser: (raw: string) => Id): Id | undefined {
    return value === '' ? undefined : this.id(field, value, parser);
  }

  /** @param least `NO_EVENTS` where a stream may be expected that has none yet. */
  expectedRevision(value: bigint | undefined, least = revision(0n)): Revision | undefined {
    if (value === undefined) return undefined;
    if (value < least) this.fault('expected_revision', `must be ${least} or more`);
    return revision(value);
  }

  limits(limits: readonly typeV1.Limit[]): readonly LimitSpec[] {
    return fromProtoLimits(limits, this);
  }

  models(models: provisioningV1.ModelAccess): ModelAccess {
    const { all, names } = models;
    if (all && names.length > 0) this.fault('models.names', 'must be empty where all models are allowed');
    if (all) return { all: true };
    if (names.length === 0) this.fault('models', 'must allow all models or name at least one');
    this.modelNames('models.names', names);
    return { all: false, names };
  }

  modelNames(field: string, names: readonly string[]): void {
    if (names.length > MODELS_MAX) this.fault(field, `must have at most ${MODELS_MAX} names`);
    for (const [index, name] of names.slice(0, MODELS_MAX).entries()) {
      this.text(`${field}[${index}]`, name, { min: 1, max: MODEL_NAME_MAX });
    }
    if (new Set(names).size < names.length) this.fault(field, 'must not name a model twice');
  }

  /** Undefined where nothing is said. */
  existing(existing: provisioningV1.ExistingProvisions): 'keep' | 'override' | undefined {
    const known = fromProtoExisting(existing);
    if (known === undefined && existing !== provisioningV1.ExistingProvisions.UNSPECIFIED) {
      this.fault('existing', 'must be to keep or to override');
    }
    return known;
  }

  /** What is to be contained in a name; undefined where nothing is asked for. */
  search(value: string): string | undefined {
    return this.text('search', value, { min: 0, max: 100 }) || undefined;
  }

  /** The metadata of the events that the request's command decides. */
  metadata(
    request: { readonly requestId: string; readonly reason: string },
    origin: { readonly caller: Caller; readonly organizationId: OrganizationId; readonly command: string },
  ): EventMetadata {
    return metadataOf({ ...origin, ...this.command(request) });
  }
}

/** How a list is paged. A token belongs to the filter and the order that it was given for: all that tells lists apart. */
export const pagingOf = (...asked: readonly unknown[]): Paging<KeyedPlace> => ({
  max: 200,
  fallback: 50,
  cursors: cursorsOf(JSON.stringify(asked), KEYED_PLACES),
});

/**
 * The organization that a request of the operator names, or that a key belongs to; NOT_FOUND `ORGANIZATION_UNKNOWN` for a
 * key that names another.
 */
export const ownerOf = (
  checks: ProvisioningChecks,
  request: { readonly organizationId: string },
  caller: Caller,
): OrganizationId => {
  if (caller.principal.kind === 'operator') {
    return checks.id('organization_id', request.organizationId, organizationId);
  }
  const own = organizationOf(caller);
  const asked = checks.optionalId('organization_id', request.organizationId, organizationId);
  if (asked !== undefined && asked !== own) throw new AppError('NOT_FOUND', 'ORGANIZATION_UNKNOWN');
  return own;
};
