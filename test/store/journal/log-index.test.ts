/**
 * The log index against a naive model: which offsets live, and what each area is held by, after random appends,
 * releases and moves, with parts going cold and coming back.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Holdings, LogIndex } from '../../../src/store/journal/log-index.ts';
import { PART_EXTENTS, type Part } from '../../../src/store/journal/part.ts';
import { randomOf } from '../simulated-disk.ts';

const AREA = 1000;

class Held implements Holdings {
  readonly bytes = new Map<number, number>();

  hold(_log: LogIndex, position: number, bytes: number): void {
    this.#add(this.areaOf(position), bytes);
  }

  free(_log: LogIndex, position: number, bytes: number): void {
    this.#add(this.areaOf(position), -bytes);
  }

  freeArea(_log: LogIndex, area: number, bytes: number): void {
    this.#add(area, -bytes);
  }

  areaOf(position: number): number {
    return Math.floor(position / AREA);
  }

  #add(area: number, bytes: number): void {
    const sum = (this.bytes.get(area) ?? 0) + bytes;
    assert.ok(sum >= 0, `area ${area} is held by ${sum} bytes`);
    if (sum === 0) this.bytes.delete(area);
    else this.bytes.set(area, sum);
  }
}

/** Cold parts, with the arrays that a real index chain would hold. */
class Shelf {
  readonly #arrays = new Map<Part, Uint8Array>();

  put(index: LogIndex, part: Part): void {
    const pieces: Uint8Array[] = [];
    part.store(0, (bytes) => pieces.push(bytes.slice()));
    this.#arrays.set(part, Buffer.concat(pieces));
    part.storedAt = 0;
    index.unload(part);
  }

  take(index: LogIndex, part: Part): void {
    const bytes = this.#arrays.get(part);
    assert.ok(bytes !== undefined);
    part.load(bytes, 0);
    index.refresh(part);
  }
}

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(`index and model agree (seed ${seed})`, () => {
    const random = randomOf(seed);
    const upTo = (limit: number): number => Math.floor(random() * limit);
    const held = new Held();
    const shelf = new Shelf();
    const index = new LogIndex(1, held);
    const living = new Set<number>();
    let position = 0;
    for (let step = 0; step < 6000; step++) {
      const dice = random();
      if (dice < 0.6) {
        const messages = 1 + upTo(4);
        for (let offset = index.end; offset < index.end + messages; offset++) living.add(offset);
        index.append(position, messages * 10, messages, false);
        position += messages * 10;
      } else if (dice < 0.9) {
        const from = random() < 0.5 ? index.floor : index.floor + upTo(index.end - index.floor + 1);
        const to = from + upTo(random() < 0.02 ? 3000 : 8);
        const freed = index.release(from, to);
        let expected = 0;
        for (let offset = from; offset < Math.min(to, index.end); offset++) if (living.delete(offset)) expected++;
        assert.equal(freed, expected);
      } else {
        const parts = index.parts();
        const part = parts[upTo(parts.length)];
        if (part === undefined) continue;
        if (!part.resident) shelf.take(index, part);
        else if (part.count === PART_EXTENTS && part.head < part.count) shelf.put(index, part);
      }
      assert.equal(index.living, living.size);
    }
    for (const part of index.parts()) if (!part.resident) shelf.take(index, part);
    for (let offset = 0; offset < index.end; offset++) {
      assert.equal(index.isReleased(offset), !living.has(offset), `offset ${offset}`);
      const part = index.partOf(offset);
      if (living.has(offset)) assert.ok(part !== null && part.live(part.find(offset)) > 0, `offset ${offset} is found`);
    }
    index.clear();
    assert.equal(index.living, 0);
    assert.equal(index.livingBytes, 0);
    assert.deepEqual([...held.bytes], []);
  });
}

test('a moved extent is held in its new area only', () => {
  const held = new Held();
  const index = new LogIndex(1, held);
  index.append(10, 100, 10, false);
  index.append(110, 100, 10, false);
  index.release(12, 15);
  assert.ok(index.move(10, 5 * AREA, 90));
  assert.deepEqual([...held.bytes.keys()].sort(), [0, 5]);
  index.release(0, 20);
  assert.deepEqual([...held.bytes], []);
});
