import { BinaryWriter } from '@bufbuild/protobuf/wire';

/** What encodes a message, as generated code does. */
export interface MessageEncoder<Message> {
  encode(message: Message, writer?: BinaryWriter): BinaryWriter;
}

/**
 * Encodes one message after the other into one buffer, which grows to what the longest needs: for whoever encodes thousands a second,
 * since a buffer of its own, grown several times, costs a small message more than its fields do.
 */
export class MessageWriter {
  private writer = new BinaryWriter();

  /** Bytes of their own. Throws what the generated code throws; what it had written by then is forgotten. */
  encode<Message>(type: MessageEncoder<Message>, message: Message): Uint8Array {
    try {
      return type.encode(message, this.writer).finish();
    } catch (error) {
      this.writer = new BinaryWriter();
      throw error;
    }
  }
}
