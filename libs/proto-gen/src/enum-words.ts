/** `aws-role` for `AWS_ROLE`. */
type Word<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Lowercase<Head>}-${Word<Tail>}`
  : Lowercase<Name>;

/** The values of a generated enum by the words that code, options and people have for them. */
export type EnumWords<Values extends Record<string, string | number>> = Readonly<{
  [Name in Exclude<keyof Values, 'UNSPECIFIED'> & string as Word<Name>]: Values[Name];
}>;

/**
 * Every value of a generated enum by its word: that of `AWS_ROLE` is `aws-role`. UNSPECIFIED is none. For enums whose words
 * are spoken on both sides: who gives the result a type of words of its own is told by the compiler where the proto lacks one.
 */
export const enumWords = <Values extends Record<string, string | number>>(
  values: Values,
): EnumWords<Values> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      typeof value === 'number' && name !== 'UNSPECIFIED' ? [[wordOf(name), value]] : [],
    ),
  ) as EnumWords<Values>;

const wordOf = (name: string): string => name.toLowerCase().replaceAll('_', '-');
