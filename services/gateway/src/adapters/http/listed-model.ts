import { Refusal } from '../../domain/refusal';

/** A model as OpenAI's surface tells of it. */
export interface ListedModel {
  /** `@slug/model`. */
  readonly id: string;
  readonly object: 'model';
  /** Nobody knows when it came to be. */
  readonly created: 0;
  readonly owned_by: string;
}

/** The same words for a model that is nowhere and for one that is another's. */
export const modelNotFound = (): Refusal =>
  new Refusal('model_not_found', 'There is no such model, or this API key may not call it.', {
    param: 'model',
  });
