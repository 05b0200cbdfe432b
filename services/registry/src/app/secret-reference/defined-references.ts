import { invalidFields, type OrganizationId, type SecretLocator } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import type { SecretUse } from '../../domain/integration/secret-uses';
import type { Slug } from '../../domain/slug/slug';
import { SecretReferenceStreams } from './secret-reference-streams';

export interface LocatedReference {
  readonly slug: Slug;
  readonly locator: SecretLocator;
}

/** What a credential names, as the log says. */
@Injectable()
export class DefinedReferences {
  constructor(private readonly references: SecretReferenceStreams) {}

  /** Where each of them leads. INVALID where one is not defined in the organization. */
  async locate(
    organizationId: OrganizationId,
    uses: ReadonlyMap<string, SecretUse>,
  ): Promise<readonly LocatedReference[]> {
    const looked = await Promise.all(
      [...uses].map(async ([field, { reference: slug }]) => ({
        ...{ field, slug },
        locator: await this.references.locatorOf(organizationId, slug),
      })),
    );
    const faults = looked
      .filter(({ locator }) => locator === undefined)
      .map(({ field }) => ({
        field: `references.${field}.reference`,
        description: 'names no secret reference of the organization',
      }));
    if (faults.length > 0) throw invalidFields(faults);
    return looked.flatMap(({ slug, locator }) => (locator ? [{ slug, locator }] : []));
  }
}
