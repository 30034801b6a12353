/**
 * Sharings: all shared reading of a namespace, by group and topic, and what comes back of it after a restart.
 *
 * A sharing is made when it is first read from and put away when nobody needs it: then its state is kept as it comes
 * out of the journal, until somebody reads again. A state belongs to a position; when the group was moved by somebody
 * else meanwhile, it says nothing any more.
 */
import type { Definition } from './definition.ts';
import type { NamespaceState } from './definition-set.ts';
import { CoreError } from './errors.ts';
import type { Groups, Position } from './group.ts';
import type { LogId } from './ids.ts';
import type { KeptLog } from './kept-log.ts';
import { Sharing } from './sharing.ts';
import type { Beginning, EndedSharing, SharingKeeper } from './sharing-keeper.ts';
import { defaultSharingLimits, type SharingLimits } from './sharing-limits.ts';
import type { SharedLog } from './sharing-log.ts';
import { SharingState } from './sharing-state.ts';
import type { Topic } from './topic.ts';
import type { Environment } from './turn.ts';

/** Put away, or out of the journal. */
interface Kept {
  readonly position: Position | undefined;
  readonly state: SharingState;
}

export class Sharings implements SharingKeeper {
  readonly name: string;
  readonly environment: Environment;
  readonly sharingLimits: SharingLimits;
  private readonly groups: Groups;
  private readonly byGroup = new Map<string, Map<string, Sharing>>();
  private readonly kept = new Map<string, Map<LogId, Kept>>();
  private count = 0;
  private nonces = 0;

  constructor(environment: Environment, groups: Groups, name: string, limits: SharingLimits = defaultSharingLimits) {
    this.environment = environment;
    this.groups = groups;
    this.name = name;
    this.sharingLimits = limits;
  }

  get size(): number {
    return this.count;
  }

  find(group: string, topic: Topic): Sharing | undefined {
    const known = this.byGroup.get(group)?.get(topic.name);
    return known?.topic === topic && !known.closed ? known : undefined;
  }

  /** The group's reading of the topic; made if there is none, and then positions are noted for logs that have none. */
  open(group: string, topic: Topic, beginning: Beginning = 'end'): Sharing {
    const known = this.byGroup.get(group)?.get(topic.name);
    if (known !== undefined) {
      if (known.topic === topic && !known.closed) return known;
      known.close();
    }
    const { sharingsMax } = this.sharingLimits;
    if (this.count >= sharingsMax) throw this.tooMany(group, sharingsMax);
    const sharing = new Sharing(this, group, topic, beginning);
    const ofGroup = this.byGroup.get(group);
    if (ofGroup === undefined) this.byGroup.set(group, new Map([[topic.name, sharing]]));
    else ofGroup.set(topic.name, sharing);
    this.count++;
    return sharing;
  }

  /** The group's last reader left: what is idle is put away. */
  rest(group: string): void {
    for (const sharing of [...(this.byGroup.get(group)?.values() ?? [])]) if (sharing.isIdle) sharing.close();
  }

  // ── For a sharing ──

  nextNonce(): number {
    return ++this.nonces;
  }

  positions(group: string): ReadonlyMap<LogId, Position> | undefined {
    return this.groups.byName.get(group)?.positions;
  }

  begin(group: string, { log }: KeptLog, beginning: Beginning): Position {
    this.groups.commit(group, log.id, beginning === 'end' ? log.end : log.floor, '');
    return this.positions(group)?.get(log.id) as Position;
  }

  known(group: string, log: LogId, position: Position): SharingState {
    const ofGroup = this.kept.get(group);
    const kept = ofGroup?.get(log);
    if (kept === undefined) return new SharingState();
    this.forget(group, log);
    return kept.position === position ? kept.state : new SharingState();
  }

  move(group: string, log: LogId, from: Position, to: Position): boolean {
    const positions = this.groups.byName.get(group)?.positions;
    if (positions?.get(log) !== from) return false;
    positions.set(log, to);
    return true;
  }

  closed(sharing: EndedSharing, shares: Iterable<SharedLog>): void {
    const ofGroup = this.byGroup.get(sharing.group);
    if (ofGroup?.get(sharing.topic.name) === sharing) {
      ofGroup.delete(sharing.topic.name);
      if (ofGroup.size === 0) this.byGroup.delete(sharing.group);
      this.count--;
    }
    if (sharing.topic.deleted) return;
    for (const log of shares) {
      const state = log.whole();
      if (!state.isEmpty) this.keep(sharing.group, log.kept.log.id, state, log.position ?? undefined);
    }
  }

  /** The log is gone; its own end tells the journal. */
  logDropped(log: LogId): void {
    for (const group of this.kept.keys()) this.forget(group, log);
  }

  private keep(group: string, log: LogId, state: SharingState, position: Position | undefined): void {
    const ofGroup = this.kept.get(group);
    if (ofGroup === undefined) this.kept.set(group, new Map([[log, { state, position }]]));
    else ofGroup.set(log, { state, position });
  }

  private forget(group: string, log: LogId): void {
    const ofGroup = this.kept.get(group);
    if (ofGroup?.delete(log) && ofGroup.size === 0) this.kept.delete(group);
  }

  // ── Journal ──

  /** After the groups. */
  restore(state: NamespaceState): void {
    for (const [group, logs] of state.shares) {
      const positions = this.positions(group);
      for (const [log, known] of logs) {
        const position = positions?.get(log);
        known.prune(position?.offset ?? 0);
        if (position !== undefined && !known.isEmpty) this.keep(group, log, known, position);
      }
    }
  }

  /** Behind those of the groups, which say where each begins. */
  *definitions(): Generator<Definition> {
    for (const [group, topics] of this.byGroup) {
      for (const sharing of topics.values()) {
        if (sharing.topic.deleted) continue;
        for (const log of sharing.shares) yield* this.definitionsOf(group, log.kept.log.id, log.whole(), log.position);
      }
    }
    for (const [group, logs] of this.kept) {
      for (const [log, { state, position }] of logs) yield* this.definitionsOf(group, log, state, position);
    }
  }

  private *definitionsOf(
    group: string,
    log: LogId,
    state: SharingState,
    known: Position | null | undefined,
  ): Generator<Definition> {
    const position = this.positions(group)?.get(log);
    // Moved by somebody else since.
    if (position === undefined || position !== known) return;
    const { offset, at } = position;
    yield* state.definitions({ namespace: this.name, group, log, offset, at });
  }

  private tooMany(name: string, current: number): CoreError {
    return new CoreError('LIMIT', {
      reason: 'limit',
      kind: 'group',
      name,
      namespace: this.name,
      argument: 'sharingsMax',
      received: current + 1,
      current,
    });
  }
}
