import { useEffect } from 'react';
import { useAnswer } from '../../api/answers';
import { pathOf } from '../../api/api-client';
import { useAfterPause } from '../../ui/after-pause';
import { Field } from '../../ui/field';

interface SlugFieldProps {
  readonly slug: string;
  readonly onChange: (slug: string) => void;
  /** Whether it may be had, as far as is known. */
  readonly onFree: (isFree: boolean) => void;
}

interface SlugAnswer {
  readonly valid: boolean;
  readonly available: boolean;
  readonly reason: string | null;
}

/** Looked up while it is typed; the creation decides. */
export const SlugField = ({ slug, onChange, onFree }: SlugFieldProps) => {
  const asked = useAfterPause(slug);
  const answer = useAnswer<SlugAnswer>(pathOf('/v1/gatehouse/slugs', asked), {}, { enabled: asked !== '' });
  const known = asked === slug && slug !== '' ? answer.data : undefined;
  const fault =
    known && !known.valid
      ? (known.reason ?? 'cannot be a slug')
      : known && !known.available
        ? 'is taken'
        : undefined;
  useEffect(() => onFree(fault === undefined), [fault, onFree]);
  return (
    <Field
      label="Slug"
      help={
        <>
          Developers call <code>@{slug || 'slug'}/model</code>.{' '}
          {known && fault === undefined && 'It is free.'}
        </>
      }
      error={fault}
    >
      {(control) => (
        <input
          {...control}
          required
          maxLength={64}
          pattern="[a-zA-Z0-9_\-]+"
          title="Letters, digits, - and _"
          spellCheck={false}
          value={slug}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </Field>
  );
};
