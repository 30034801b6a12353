/**
 * Schedule: the only owner of time. Delay, TTL, ack deadline, retry back-off, check-back and session expiry are Timers
 * here, and the server keeps one real timer for `nextDue`.
 *
 * A binary heap by (time, order of request). Each Timer stores its own place in the heap, so cancelling needs no
 * search, and a Timer can be set again, so a heartbeat that moves its deadline allocates nothing.
 */

export interface Task {
  due(now: number): void;
}

const ABSENT = -1;

export class Timer {
  readonly task: Task;
  time = 0;
  /** Among equal times the one requested first runs first. */
  order = 0;
  /** Place in the heap, or ABSENT. Owned by the Schedule. */
  place = ABSENT;

  constructor(task: Task) {
    this.task = task;
  }

  get set(): boolean {
    return this.place !== ABSENT;
  }
}

export class Schedule {
  private readonly heap: Timer[] = [];
  private requests = 0;

  get size(): number {
    return this.heap.length;
  }

  /** When `tick` has something to do next; Infinity if never. */
  get nextDue(): number {
    return this.heap[0]?.time ?? Number.POSITIVE_INFINITY;
  }

  at(time: number, task: Task): Timer {
    const timer = new Timer(task);
    this.set(timer, time);
    return timer;
  }

  /** Sets or moves a timer. */
  set(timer: Timer, time: number): void {
    timer.order = ++this.requests;
    if (timer.place === ABSENT) {
      timer.time = time;
      timer.place = this.heap.length;
      this.heap.push(timer);
      this.rise(timer.place);
      return;
    }
    const later = time >= timer.time;
    timer.time = time;
    if (later) this.sink(timer.place);
    else this.rise(timer.place);
  }

  cancel(timer: Timer): void {
    if (timer.place !== ABSENT) this.remove(timer.place);
  }

  /** Runs what is due, at most `tasksMax` of it; returns how many ran. A task may set timers, this one too. */
  tick(now: number, tasksMax: number): number {
    let ran = 0;
    while (ran < tasksMax) {
      const timer = this.heap[0];
      if (timer === undefined || timer.time > now) break;
      this.remove(0);
      timer.task.due(now);
      ran++;
    }
    return ran;
  }

  private remove(place: number): void {
    const gone = this.heap[place] as Timer;
    const last = this.heap.pop() as Timer;
    gone.place = ABSENT;
    if (last === gone) return;
    this.heap[place] = last;
    last.place = place;
    this.rise(place);
    this.sink(last.place);
  }

  private rise(from: number): void {
    const { heap } = this;
    const timer = heap[from] as Timer;
    let place = from;
    while (place > 0) {
      const parentPlace = (place - 1) >> 1;
      const parent = heap[parentPlace] as Timer;
      if (!before(timer, parent)) break;
      heap[place] = parent;
      parent.place = place;
      place = parentPlace;
    }
    heap[place] = timer;
    timer.place = place;
  }

  private sink(from: number): void {
    const { heap } = this;
    const timer = heap[from] as Timer;
    let place = from;
    for (;;) {
      let childPlace = 2 * place + 1;
      if (childPlace >= heap.length) break;
      let child = heap[childPlace] as Timer;
      const right = heap[childPlace + 1];
      if (right !== undefined && before(right, child)) {
        child = right;
        childPlace++;
      }
      if (!before(child, timer)) break;
      heap[place] = child;
      child.place = place;
      place = childPlace;
    }
    heap[place] = timer;
    timer.place = place;
  }
}

function before(a: Timer, b: Timer): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}
