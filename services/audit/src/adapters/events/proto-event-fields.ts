import { EVENTS } from '@gatehouse/events';
import { Injectable } from '@nestjs/common';
import { EventFields } from '../../app/history.ports';

/** By the published language. A type's fields are the same for as long as the program runs. */
@Injectable()
export class ProtoEventFields extends EventFields {
  private readonly known = new Map<string, Readonly<Record<string, unknown>>>();

  leftOut(type: string): Readonly<Record<string, unknown>> {
    const known = this.known.get(type) ?? jsonOf(EVENTS.leftOut(type));
    this.known.set(type, known);
    return known;
  }
}

const jsonOf = (fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, isShown(value) ? value : undefined]),
  );

/** An empty list, an empty map, and what is not so. */
const isShown = (value: unknown): boolean =>
  value === false || Array.isArray(value) || Object.prototype.toString.call(value) === '[object Object]';
