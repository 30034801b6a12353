/**
 * IntervalSet: sorted, disjoint, non-touching ranges [from, to) of safe integers in one growable array.
 *
 *   data   | from0 to0 | from1 to1 | from2 to2 | ...      slots [head, tail), two numbers a range
 *            ^head                               ^tail
 *
 * Offsets are settled and returned in runs, so a set of thousands of offsets is a handful of ranges. Taking from
 * the front moves `head` and growing at the back moves `tail`; only a change in the middle shifts numbers, and that by
 * `copyWithin`. Used for returned messages here and for released offsets in the store.
 */
export class IntervalSet {
  private data: Float64Array;
  /** Indices into `data`, both even. */
  private head = 0;
  private tail = 0;
  private members = 0;

  constructor(capacityRanges = 4) {
    this.data = new Float64Array(2 * Math.max(1, capacityRanges));
  }

  /** How many integers are in the set. */
  get count(): number {
    return this.members;
  }

  /** How many ranges. */
  get ranges(): number {
    return (this.tail - this.head) >> 1;
  }

  /** The lowest member, or -1 of an empty set. */
  get min(): number {
    return this.head === this.tail ? -1 : (this.data[this.head] as number);
  }

  /** One past the highest member, or -1 of an empty set. */
  get end(): number {
    return this.head === this.tail ? -1 : (this.data[this.tail - 1] as number);
  }

  rangeFrom(index: number): number {
    return this.data[this.head + 2 * index] as number;
  }

  rangeTo(index: number): number {
    return this.data[this.head + 2 * index + 1] as number;
  }

  contains(member: number): boolean {
    const at = this.locate(member);
    return at < this.tail && (this.data[at] as number) <= member;
  }

  /** The lowest integer >= `member` that is not in the set: where a reader skips to. */
  firstAbsent(member: number): number {
    const at = this.locate(member);
    return at < this.tail && (this.data[at] as number) <= member ? (this.data[at + 1] as number) : member;
  }

  /** The lowest member >= `from`; Infinity if there is none. */
  firstPresent(from: number): number {
    const at = this.locate(from);
    return at < this.tail ? Math.max(from, this.data[at] as number) : Number.POSITIVE_INFINITY;
  }

  /** How many members lie in [from, to). */
  countIn(from: number, to: number): number {
    let found = 0;
    for (let at = this.locate(from); at < this.tail && (this.data[at] as number) < to; at += 2) {
      found += Math.min(to, this.data[at + 1] as number) - Math.max(from, this.data[at] as number);
    }
    return found;
  }

  /** Removes and returns the lowest member, or -1. */
  takeMin(): number {
    if (this.head === this.tail) return -1;
    const member = this.data[this.head] as number;
    this.data[this.head] = member + 1;
    this.members--;
    if (member + 1 === this.data[this.head + 1]) this.dropFront();
    return member;
  }

  /** Adds [from, to); returns how many were new. */
  add(from: number, to: number): number {
    if (to <= from) return 0;
    const { data, tail } = this;
    // The common case: behind everything, or extending the last range.
    if (tail > this.head) {
      const last = data[tail - 1] as number;
      if (from === last) {
        data[tail - 1] = to;
        this.members += to - from;
        return to - from;
      }
      if (from < last) return this.addWithin(from, to);
    }
    this.reserve();
    this.data[this.tail++] = from;
    this.data[this.tail++] = to;
    this.members += to - from;
    return to - from;
  }

  private addWithin(from: number, to: number): number {
    // Ranges [first, past) overlap or touch the new one and melt into it. A range ending exactly at `from` touches.
    let first = this.locate(from);
    if (first > this.head && (this.data[first - 1] as number) === from) first -= 2;
    let past = first;
    let low = from;
    let high = to;
    let swallowed = 0;
    while (past < this.tail && (this.data[past] as number) <= to) {
      low = Math.min(low, this.data[past] as number);
      high = Math.max(high, this.data[past + 1] as number);
      swallowed += (this.data[past + 1] as number) - (this.data[past] as number);
      past += 2;
    }
    this.replace(first, past, low, high);
    const added = high - low - swallowed;
    this.members += added;
    return added;
  }

  /** Removes [from, to); returns how many were members. */
  remove(from: number, to: number): number {
    if (to <= from || this.head === this.tail) return 0;
    const first = this.locate(from);
    let past = first;
    let removed = 0;
    let low = -1;
    let high = -1;
    while (past < this.tail && (this.data[past] as number) < to) {
      const start = this.data[past] as number;
      const end = this.data[past + 1] as number;
      if (start < from) low = start;
      if (end > to) high = end;
      removed += Math.min(end, to) - Math.max(start, from);
      past += 2;
    }
    if (removed === 0) return 0;
    this.members -= removed;
    if (low >= 0 && high >= 0) {
      this.replace(first, past, low, from);
      this.insert(first + 2 - this.head, to, high);
    } else if (low >= 0) this.replace(first, past, low, from);
    else if (high >= 0) this.replace(first, past, to, high);
    else this.cut(first, past);
    return removed;
  }

  clear(): void {
    this.head = 0;
    this.tail = 0;
    this.members = 0;
    if (this.data.length > 64) this.data = new Float64Array(8);
  }

  /** The index of the first range that ends after `member` (it contains it, or lies behind it); `tail` if none. */
  private locate(member: number): number {
    const data = this.data;
    let low = this.head >> 1;
    let high = this.tail >> 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((data[2 * middle + 1] as number) <= member) low = middle + 1;
      else high = middle;
    }
    return 2 * low;
  }

  /** Ranges [first, past) become the one range [low, high); with first == past it is inserted. */
  private replace(first: number, past: number, low: number, high: number): void {
    if (first === past) {
      this.insert(first - this.head, low, high);
      return;
    }
    this.data[first] = low;
    this.data[first + 1] = high;
    this.cut(first + 2, past);
  }

  /** Inserts a range `distance` numbers behind the head. */
  private insert(distance: number, low: number, high: number): void {
    this.reserve();
    const at = this.head + distance;
    this.data.copyWithin(at + 2, at, this.tail);
    this.data[at] = low;
    this.data[at + 1] = high;
    this.tail += 2;
  }

  private cut(first: number, past: number): void {
    if (first === past) return;
    if (first === this.head) this.head = past;
    else {
      this.data.copyWithin(first, past, this.tail);
      this.tail -= past - first;
    }
    if (this.head === this.tail) this.head = this.tail = 0;
  }

  private dropFront(): void {
    this.head += 2;
    if (this.head === this.tail) this.head = this.tail = 0;
  }

  /** Makes room for one more range at the tail. */
  private reserve(): void {
    if (this.tail + 2 <= this.data.length) return;
    const used = this.tail - this.head;
    if (this.head >= this.data.length / 2) this.data.copyWithin(0, this.head, this.tail);
    else {
      const larger = new Float64Array(2 * this.data.length);
      larger.set(this.data.subarray(this.head, this.tail));
      this.data = larger;
    }
    this.head = 0;
    this.tail = used;
  }
}
