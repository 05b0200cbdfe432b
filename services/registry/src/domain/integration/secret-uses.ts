import { type FieldViolation, hasSteeringCharacters } from '@gatehouse/kernel';
import type { Slug } from '../slug/slug';

/** A field of a credential that is a secret kept elsewhere. */
export interface SecretUse {
  /** A secret reference of the organization. */
  readonly reference: Slug;
  /** The member of the secret where it is an object; empty for the whole. */
  readonly member: string;
}

/** By field of the credential. */
export type SecretUses = Readonly<Record<string, SecretUse>>;

const MEMBER_LENGTH_MAX = 128;

/** What is wrong with the members that references name. */
export const secretUseFaults = (uses: ReadonlyMap<string, SecretUse>): readonly FieldViolation[] =>
  [...uses].flatMap(([field, { member }]) =>
    [...member].length > MEMBER_LENGTH_MAX || hasSteeringCharacters(member)
      ? [
          {
            field: `references.${field}.member`,
            description: `must have at most ${MEMBER_LENGTH_MAX} characters, none of which steers`,
          },
        ]
      : [],
  );
