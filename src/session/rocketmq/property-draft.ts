/**
 * PropertyDraft: a message's properties as they are stored: those of its producer, byte for byte, and behind them what
 * a broker adds. Memory of its own, filled again for every message.
 *
 *     KEYS \x01 a \x02 TAGS \x01 b [\x02]    UNIQ_KEY \x01 ... \x02    MSG_REGION, TRACE_ON, CLUSTER
 *     as it came                             if it was missing          always
 */
import { copyBytes } from '../../bytes/copy.ts';
import { textBytes, writeText } from '../../bytes/text.ts';
import type { NamedRanges } from '../../wire/rocketmq/named-ranges.ts';
import {
  NAME_END,
  PROPERTIES_BYTES_MAX,
  PROPERTY,
  propertiesOf,
  propertyBytes,
  VALUE_END,
  writeProperty,
} from '../../wire/rocketmq/properties.ts';

/** What is added has room too: whether all of it is too much is found out at the end. */
const BYTES = 4 * PROPERTIES_BYTES_MAX;
export const REGION = 'DefaultRegion';

export class PropertyDraft {
  readonly bytes: Uint8Array = new Uint8Array(BYTES);
  length = 0;
  /** The unique key. */
  keyStart = 0;
  keyEnd = 0;
  readonly #brokerProperties: Uint8Array;

  constructor(cluster: string) {
    this.#brokerProperties = propertiesOf({
      [PROPERTY.MSG_REGION]: REGION,
      [PROPERTY.TRACE_SWITCH]: 'true',
      [PROPERTY.CLUSTER]: cluster,
    });
  }

  /** True as long as it fits into a message. */
  get fits(): boolean {
    return this.length <= PROPERTIES_BYTES_MAX;
  }

  /** The properties in `source[start, end)`, at most PROPERTIES_BYTES_MAX; `ranges` has them. */
  copy(source: Uint8Array, start: number, end: number, ranges: NamedRanges): void {
    copyBytes(source, start, end, this.bytes, 0);
    this.length = end - start;
    if (this.length > 0 && this.bytes[this.length - 1] !== VALUE_END) this.bytes[this.length++] = VALUE_END;
    const key = ranges.find(PROPERTY.UNIQUE_KEY);
    this.keyStart = key < 0 ? 0 : ranges.startOf(key) - start;
    this.keyEnd = key < 0 ? 0 : ranges.endOf(key) - start;
  }

  get hasKey(): boolean {
    return this.keyEnd > this.keyStart;
  }

  addKey(key: string): void {
    this.add(PROPERTY.UNIQUE_KEY, key);
    this.keyEnd = this.length - 1;
    this.keyStart = this.keyEnd - key.length;
  }

  add(name: string, value: string): void {
    if (this.length + propertyBytes(name, value) > BYTES) return;
    this.length = writeProperty(this.bytes, this.length, name, value);
  }

  /** The same of a value that lies in the draft already. */
  addRange(name: string, start: number, end: number): void {
    const nameEnd = writeText(this.bytes, this.length, name, textBytes(name));
    this.bytes[nameEnd] = NAME_END;
    copyBytes(this.bytes, start, end, this.bytes, nameEnd + 1);
    this.length = nameEnd + 1 + end - start;
    this.bytes[this.length++] = VALUE_END;
  }

  addBrokerProperties(): void {
    const added = this.#brokerProperties;
    copyBytes(added, 0, added.length, this.bytes, this.length);
    this.length += added.length;
  }
}
