/**
 * The wire's field reader, making numbers in the core's own class, so that tables go into the core without a
 * conversion.
 */
import { Num, type NumType } from '../../core/value.ts';
import { FieldReader } from '../../wire/amqp091/values.ts';

export class CoreFieldReader extends FieldReader {
  protected override number(type: NumType, value: number | bigint, scale = 0): Num {
    return new Num(type, value, scale);
  }

  /** Points the reader at other bytes. */
  over(bytes: Uint8Array, at: number, end: number): this {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    return this;
  }
}
