/**
 * Clients that do what they like, in an order that a seed decides: join, sync, beat, leave, vanish, start anew, change
 * their minds. After every step:
 *
 *   - what is said of the group adds up: its leader is one of its members, and an empty group has none
 *   - in one generation there is one protocol, and at most one member was asked to assign
 *   - no join waits longer than the rebalance timeout, the session of one that was expected, or a new member may
 *   - what is counted for members is what is there: nothing, when they have all gone
 *
 * A failure prints its seed; SEED=n runs that one alone.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClassicGroup } from '../../../../src/session/kafka/groups/classic-group.ts';
import { Random } from '../../../simulation/random.ts';
import { type Client, Kit } from './kit.ts';

const SEEDS = 60;
const STEPS = 400;
const SESSION_MS = 8_000;
const REBALANCE_MS = 12_000;

interface Actor {
  client: Client;
  /** Since when its join waits. */
  waitingSince: number;
}

function run(seed: number): void {
  const random = new Random(seed);
  const kit = new Kit({ newMemberMs: 20_000, membersMax: 6 });
  const actors: Actor[] = [];
  const told = new Map<string, string>();

  const start = (instanceId: string | null): Actor => {
    const fields = { instanceId, sessionTimeoutMs: SESSION_MS, rebalanceTimeoutMs: REBALANCE_MS };
    const client = kit.client({ ...fields, idFirst: random.once(2), maySkipAssignment: random.once(2) });
    return { client, waitingSince: 0 };
  };
  for (let index = 0; index < 8; index++) actors.push(start(index < 3 ? `static-${index}` : null));

  const join = (actor: Actor): void => {
    actor.waitingSince = kit.now;
    actor.client.join(random.once(5) ? { protocols: { range: `mind ${random.below(3)}`, sticky: '' } } : {});
    if (actor.client.joinError === 'UNKNOWN_MEMBER_ID' || actor.client.joinError === 'FENCED_INSTANCE_ID') {
      actor.client.memberId = '';
    }
  };

  const step = (actor: Actor): void => {
    const { client } = actor;
    const waits = client.joined === null && actor.waitingSince > 0;
    const choice = random.below(10);
    if (choice < 3) kit.advance(random.below(3_000));
    else if (choice === 3 && !waits) client.leave();
    else if (choice === 4) {
      const place = actors.indexOf(actor);
      actors[place] = start(client.fields.instanceId);
    } else if (waits) return;
    else if (client.joinError !== 'NONE' || choice === 5) join(actor);
    else if (choice < 8) client.sync();
    else if (client.beat() !== 'NONE') join(actor);
  };

  const check = (): void => {
    const group = kit.groups.find('g');
    if (!(group instanceof ClassicGroup)) return;
    const members = [...group.members];
    assert.equal(group.state === 'Empty', members.length === 0);
    assert.ok(members.length <= 6);
    const { leader: first } = group.roster;
    assert.equal(first === null, members.length === 0);
    assert.ok(first === null || members.includes(first));
    const deadlineMs = Math.max(REBALANCE_MS, SESSION_MS, 20_000);
    for (const { client, waitingSince } of actors) {
      if (client.joined === null) {
        if (waitingSince > 0) assert.ok(kit.now - waitingSince <= deadlineMs, 'a join waits too long');
        continue;
      }
      if (client.joinError !== 'NONE') continue;
      const { generation, leader, protocolName, memberId, members: others } = client.joined;
      const isLeader = leader === memberId;
      assert.ok(isLeader || others.length === 0, 'only a leader is told of the others');
      if (others.length > 0) assert.ok(others.some((other) => other.memberId === memberId));
      const known = told.get(`${generation}`) ?? protocolName;
      assert.equal(known, protocolName, 'a generation has one protocol');
      told.set(`${generation}`, protocolName as string);
    }
    if (group.state !== 'Stable') return;
    const leaders = new Set<string>();
    for (const { client } of actors) {
      const isCurrent = client.joinError === 'NONE' && client.joined?.generation === group.generation;
      if (!isCurrent || !members.some(({ id }) => id === client.memberId)) continue;
      if (client.joined?.members.length !== 0 && !client.joined?.skipAssignment) leaders.add(client.memberId);
    }
    assert.ok(leaders.size <= 1, `leaders of one generation: ${[...leaders]}`);
  };

  for (let count = 0; count < STEPS; count++) {
    step(random.pick(actors) as Actor);
    if (!random.once(3)) kit.settle();
    check();
  }

  // Everybody vanishes: within their sessions and one rebalance nothing is left, and nobody waits.
  kit.advance(SESSION_MS + REBALANCE_MS + 20_000);
  for (const { client, waitingSince } of actors)
    assert.ok(client.joined !== null || waitingSince === 0, 'still waiting');
  kit.advance(SESSION_MS + REBALANCE_MS);
  assert.notEqual(kit.stateOf('g'), 'Stable');
  assert.deepEqual([...(kit.groups.find('g')?.members ?? [])], []);
  kit.advance(60 * 60 * 1_000);
  assert.deepEqual([...kit.groups.all()], []);
  assert.equal(kit.groups.memberBytes, 0);
}

const only = process.env['SEED'];
for (const seed of only === undefined ? Array.from({ length: SEEDS }, (_, index) => index + 1) : [Number(only)]) {
  test(`random clients, SEED=${seed}`, () => run(seed));
}
