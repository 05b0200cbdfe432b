import { invalidFields, type OrganizationId } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import type { SecretUse } from '../../domain/integration/secret-uses';
import { SecretReferenceStreams } from './secret-reference-streams';

/** Whether what a credential names is there, as the log says. */
@Injectable()
export class DefinedReferences {
  constructor(private readonly references: SecretReferenceStreams) {}

  /** INVALID where one of them is not defined in the organization. */
  async assert(organizationId: OrganizationId, uses: ReadonlyMap<string, SecretUse>): Promise<void> {
    const looked = await Promise.all(
      [...uses].map(async ([field, { reference }]) => ({
        field: `references.${field}.reference`,
        found: await this.references.defined(organizationId, reference),
      })),
    );
    const faults = looked
      .filter(({ found }) => found === undefined)
      .map(({ field }) => ({ field, description: 'names no secret reference of the organization' }));
    if (faults.length > 0) throw invalidFields(faults);
  }
}
