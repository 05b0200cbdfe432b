import type { JsonObject } from './event';
import type { EventCodec, StoredEvent } from './event-codec';

/** A generated message, as far as storing an event and telling it need it. */
export interface EventMessage<Data> {
  fromJSON(json: unknown): Data;
  toJSON(data: Data): unknown;
  encode(data: Data): { finish(): Uint8Array };
  decode(bytes: Uint8Array): Data;
}

/** Makes of one version's data the data of the next. */
export type Upcaster = (data: JsonObject) => JsonObject;

/** How events of one type are stored. */
export interface EventShape<Data> {
  /** Of every version: what a message once had, it keeps. */
  readonly message: EventMessage<Data>;
  /** The first makes a version 1 a version 2, and so on. The newest version is one more than there are. */
  readonly upcasters: readonly Upcaster[];
}

export type EventShapes = Readonly<Record<string, EventShape<unknown>>>;

export type TypeIn<Shapes extends EventShapes> = keyof Shapes & string;
export type DataOf<Shape extends EventShape<unknown>> = ReturnType<Shape['message']['fromJSON']>;

/** An event as whoever reads it sees it, whichever version was stored. */
export type ToldEvent<Shapes extends EventShapes, Type extends TypeIn<Shapes> = TypeIn<Shapes>> = {
  readonly [T in Type]: { readonly type: T; readonly data: DataOf<Shapes[T]> };
}[Type];

/** Between the events of a domain and their messages. A type that is left out does not compile. */
export type EventMapping<Shapes extends EventShapes, E extends { readonly type: TypeIn<Shapes> }> = {
  readonly [T in E['type']]: {
    toMessage(event: Extract<E, { readonly type: T }>): DataOf<Shapes[T]>;
    fromMessage(data: DataOf<Shapes[T]>): Omit<Extract<E, { readonly type: T }>, 'type'>;
  };
};

/**
 * Every type of event with every version that was ever stored: the one table by which services read their own events
 * and each other's. All of it throws on a type or version that is not in the table.
 */
export class EventLanguage<Shapes extends EventShapes> {
  constructor(private readonly shapes: Shapes) {}

  /** The version in which events of this type are stored today. */
  newestVersion(type: string): number {
    return this.shapeOf(type).upcasters.length + 1;
  }

  /** What a stored event would be if it were stored today. */
  upcast({ type, version, data }: StoredEvent): StoredEvent {
    const newest = this.newestVersion(type);
    if (!Number.isSafeInteger(version) || version < 1 || version > newest) {
      throw new Error(`no event ${type}@${version} is known`);
    }
    const { upcasters } = this.shapeOf(type);
    const upcast = upcasters.slice(version - 1).reduce((older, upcaster) => upcaster(older), data);
    return { type, version: newest, data: upcast };
  }

  read(stored: StoredEvent): ToldEvent<Shapes> {
    const { type, data } = this.upcast(stored);
    return { type, data: this.shapeOf(type).message.fromJSON(data) } as ToldEvent<Shapes>;
  }

  write<Type extends TypeIn<Shapes>>(type: Type, data: DataOf<Shapes[Type]>): StoredEvent {
    const json = this.shapeOf(type).message.toJSON(data) as JsonObject;
    return { type, version: this.newestVersion(type), data: json };
  }

  /** Every field that an event of this type may have, as it is where it is left out; none of a type that is not in the table. */
  leftOut(type: string): Readonly<Record<string, unknown>> {
    return Object.hasOwn(this.shapes, type)
      ? (this.shapeOf(type).message.fromJSON({}) as object as Record<string, unknown>)
      : {};
  }

  /** The binary form of an event's data, of whichever version. */
  toBytes({ type, data }: Pick<StoredEvent, 'type' | 'data'>): Uint8Array {
    const { message } = this.shapeOf(type);
    return message.encode(message.fromJSON(data)).finish();
  }

  fromBytes(type: string, bytes: Uint8Array): JsonObject {
    const { message } = this.shapeOf(type);
    return message.toJSON(message.decode(bytes)) as JsonObject;
  }

  /** How a domain's events are stored: its own view of each, in the words of the language. */
  codec<E extends { readonly type: TypeIn<Shapes> }>(mapping: EventMapping<Shapes, E>): EventCodec<E> {
    const mappingOf = (type: string) => {
      if (!Object.hasOwn(mapping, type)) throw new Error(`${type} is not an event of this stream`);
      return mapping[type as E['type']];
    };
    return {
      types: Object.keys(mapping) as E['type'][],
      encode: (event) =>
        this.write(event.type, mappingOf(event.type).toMessage(event as never) as DataOf<Shapes[E['type']]>),
      decode: (stored) => {
        const { fromMessage } = mappingOf(stored.type);
        const { type, data } = this.read(stored);
        return { ...fromMessage(data as never), type } as unknown as E;
      },
    };
  }

  private shapeOf(type: string): EventShape<unknown> {
    const shape = Object.hasOwn(this.shapes, type) ? this.shapes[type] : undefined;
    if (shape === undefined) throw new Error(`no event ${type} is known`);
    return shape;
  }
}
