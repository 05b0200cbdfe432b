import type { Json, JsonObject } from './event';

/**
 * RFC 8785: the one spelling of a JSON object, so that two readers hash the same bytes. Spelled here, since it is most
 * of what an append costs its writer; the spec holds it to the library that is the reference.
 */
export const canonicalJson = (value: JsonObject): string => spell(value);

const spell = (value: Json): string => {
  if (typeof value === 'string') return spellText(value);
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`${value} is not JSON`);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return isArray(value) ? `[${value.map(spell).join(',')}]` : spellObject(value);
};

/** JSON.stringify spells numbers and texts as the RFC does; that a text is plain, as most are, is seen sooner. */
const spellText = (text: string): string => (PLAIN.test(text) ? `"${text}"` : JSON.stringify(text));

const PLAIN = /^[^"\\\u0000-\u001f\ud800-\udfff]*$/;

const spellObject = (value: JsonObject): string => {
  let members = '';
  for (const name of namesInOrder(value)) {
    const member = value[name];
    // Optional members may be there and undefined, whatever the type says.
    if (member === undefined) continue;
    members += `${members === '' ? '' : ','}${spellText(name)}:${spell(member)}`;
  }
  return `{${members}}`;
};

/** By UTF-16 code units: that is the RFC's order, and that of `<` and of sort(). */
const namesInOrder = (value: JsonObject): readonly string[] => {
  const names = Object.keys(value);
  for (let index = 1; index < names.length; index++) {
    if ((names[index] as string) < (names[index - 1] as string)) return names.sort();
  }
  return names;
};

const isArray = (value: Json): value is readonly Json[] => Array.isArray(value);
