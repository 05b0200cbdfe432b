import { useState } from 'react';
import { Field } from '../../ui/field';
import type { StepProps } from './step-props';
import { slugOf } from './connecting';
import { SlugField } from './slug-field';

interface NamesFieldsProps extends Pick<StepProps, 'said' | 'say'> {
  /** Whether the slug may be had, as far as is known. */
  readonly onFree: (isFree: boolean) => void;
}

/** What people and what programs call it. The slug follows the name until somebody types another. */
export const NamesFields = ({ said, say, onFree }: NamesFieldsProps) => {
  const [isSlugTyped, setSlugTyped] = useState(said.slug !== '' && said.slug !== slugOf(said.name));
  return (
    <>
      <Field label="Integration Name" help="For people: what it is, or whose.">
        {(control) => (
          <input
            {...control}
            required
            maxLength={100}
            value={said.name}
            onChange={({ target }) =>
              say({ name: target.value, ...(!isSlugTyped && { slug: slugOf(target.value) }) })
            }
          />
        )}
      </Field>
      <SlugField
        slug={said.slug}
        onFree={onFree}
        onChange={(slug) => {
          setSlugTyped(slug !== '');
          say({ slug });
        }}
      />
      <Field label="Short Description" optional>
        {(control) => (
          <input
            {...control}
            maxLength={512}
            value={said.description}
            onChange={({ target }) => say({ description: target.value })}
          />
        )}
      </Field>
    </>
  );
};
