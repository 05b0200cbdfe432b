/** What is read of an answer: nothing but that it is JSON, or names of models in one of two shapes. */
export type AnswerShape = 'object' | 'data-ids' | 'model-names';

/** A request to a provider that costs nothing and wants to know who asks: GET. */
export interface Probe {
  /** What follows the base URL, query included; `{field}` stands for a field of the form that is not secret. */
  readonly path: string;
  readonly shape: AnswerShape;
  /** Sent with it; nothing secret. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The cheapest endpoints of a provider. What is absent is not known to be there. */
export interface Probes {
  /** Tells whether a credential works. */
  readonly test?: Probe;
  /** Lists the provider's own models. */
  readonly models?: Probe;
}
