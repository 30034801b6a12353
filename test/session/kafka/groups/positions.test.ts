/**
 * Positions and the groups they belong to: what survives a restart, what may be deleted, and what is let go in time.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Client, Kit, nameOf } from './kit.ts';

const HOUR = 60 * 60 * 1_000;
const DAY = 24 * HOUR;

const namesOf = (kit: Kit): string[] => [...kit.groups.all()].map(({ id, state }) => `${id} ${state}`);

/** What a subscription to one topic looks like, with whatever follows. */
function subscription(topic: string): string {
  return `\0\x01\0\0\0\x01\0${String.fromCharCode(topic.length)}${topic}\0\0\0\0`;
}

/** So long that only a commit or a renewal keeps positions young. */
function beat(kit: Kit, member: Client, ms: number): void {
  for (const end = kit.now + ms; kit.now < end; ) {
    kit.advance(HOUR / 3);
    assert.equal(member.beat(), 'NONE');
  }
}

test('positions survive a restart, members do not', () => {
  const kit = new Kit();
  const [member] = kit.stable(1) as [Client];
  kit.commit('g', 'orders', 7, 'note');
  kit.settle();
  const again = kit.restart();
  assert.deepEqual(namesOf(again), ['g Empty']);
  assert.equal(again.positionIn('g', 'orders'), 7);
  assert.equal(again.groups.find('g')?.protocolType, null);
  const { memberId } = member;
  assert.equal(nameOf(again.groups.heartbeat('g', memberId, null, 1)), 'UNKNOWN_MEMBER_ID');
  assert.equal(nameOf(again.groups.admitCommit('g', memberId, null, 1, 9)), 'UNKNOWN_MEMBER_ID');
  const [next] = again.stable(1) as [Client];
  assert.equal(next.generation, 1);
});

test('a group that is deleted must be empty, and takes its positions along', () => {
  const kit = new Kit();
  const [member] = kit.stable(1) as [Client];
  kit.commit('g', 'orders', 7);
  assert.equal(nameOf(kit.groups.delete('g')), 'NON_EMPTY_GROUP');
  member.leave();
  assert.equal(nameOf(kit.groups.delete('g')), 'NONE');
  assert.equal(nameOf(kit.groups.delete('g')), 'GROUP_ID_NOT_FOUND');
  kit.settle();
  assert.deepEqual(namesOf(kit.restart()), []);
});

test('one that was expected in a group that is deleted is unknown', () => {
  const kit = new Kit();
  const pending = kit.client({ idFirst: true }).ask();
  assert.equal(nameOf(kit.groups.delete('g')), 'NONE');
  assert.equal(pending.ask().joinError, 'UNKNOWN_MEMBER_ID');
  kit.advance(DAY);
  assert.equal(kit.stateOf('g'), 'none');
});

test('positions may be forgotten in an empty group, or where consumers do not read', () => {
  const kit = new Kit();
  assert.equal(nameOf(kit.groups.admitForgetting('g')), 'GROUP_ID_NOT_FOUND');
  kit.stable(1, { group: 'workers', protocolType: 'connect' });
  assert.equal(nameOf(kit.groups.admitForgetting('workers')), 'NON_EMPTY_GROUP');
  kit.stable(1, { protocols: { range: subscription('orders') } });
  assert.equal(nameOf(kit.groups.admitForgetting('g')), 'NONE');
  assert.deepEqual(
    ['orders', 'other'].map((topic) => kit.groups.isSubscribed('g', topic)),
    [true, false],
  );
  kit.stable(1, { group: 'odd', protocols: { range: '\0' } });
  assert.ok(kit.groups.isSubscribed('odd', 'other'), 'what can not be read might be a subscription');
  const cut = subscription('orders').slice(0, 9);
  kit.stable(1, { group: 'cut', protocols: { range: cut } });
  assert.ok(kit.groups.isSubscribed('cut', 'other'));
  const joining = kit.client({ group: 'first', protocols: { range: subscription('orders') } }).join();
  assert.equal(joining.joined, null);
  assert.ok(kit.groups.isSubscribed('first', 'other'), 'not known before the first round is over');
  assert.ok(!kit.groups.isSubscribed('none', 'other'));
});

test('positions of a group without members go a week after the last commit', () => {
  const kit = new Kit();
  kit.commit('g', 'orders', 7);
  kit.advance(DAY);
  kit.commit('g', 'other', 8);
  kit.advance(6 * DAY - HOUR);
  assert.equal(kit.positionIn('g', 'orders'), 7);
  kit.advance(2 * HOUR);
  assert.equal(kit.positionIn('g', 'orders'), undefined);
  assert.equal(kit.positionIn('g', 'other'), 8);
  kit.advance(DAY);
  assert.deepEqual(namesOf(kit), []);
  assert.deepEqual(namesOf(kit.restart()), []);
});

test('and a week after the last member', () => {
  const kit = new Kit();
  const [member] = kit.stable(1, { sessionTimeoutMs: 1_800_000 }) as [Client];
  kit.commit('g', 'orders', 7);
  beat(kit, member, 10 * DAY);
  assert.equal(member.leave(), 'NONE');
  kit.advance(7 * DAY - HOUR);
  assert.equal(kit.positionIn('g', 'orders'), 7);
  kit.advance(2 * HOUR);
  assert.deepEqual(namesOf(kit), []);
});

test('a restart does not make what a living group has look old', () => {
  const kit = new Kit();
  const [member] = kit.stable(1, { sessionTimeoutMs: 1_800_000 }) as [Client];
  kit.commit('g', 'orders', 7, 'note');
  beat(kit, member, 10 * DAY);
  const again = kit.restart();
  again.advance(5 * DAY);
  assert.equal(again.positionIn('g', 'orders'), 7);
  again.advance(2 * DAY + HOUR);
  assert.deepEqual(namesOf(again), []);
});

test('a group without members and positions is forgotten', () => {
  const kit = new Kit();
  const [member] = kit.stable(1) as [Client];
  kit.client({ group: 'expecting', idFirst: true }).ask();
  member.leave();
  assert.deepEqual(namesOf(kit), ['g Empty', 'expecting Empty']);
  kit.advance(HOUR);
  assert.deepEqual(namesOf(kit), []);
});

test('many groups are looked at in slices', () => {
  const kit = new Kit({ retentionSlice: 10 });
  for (let index = 0; index < 95; index++) kit.commit(`g${index}`, 'orders', index);
  kit.advance(6 * DAY);
  for (let index = 0; index < 95; index += 2) kit.commit(`g${index}`, 'orders', index);
  kit.advance(2 * DAY);
  assert.equal(namesOf(kit).length, 48);
});

test('there is a limit to how many groups there are', () => {
  const kit = new Kit();
  const { groupsMax } = kit.core.broker.limits;
  for (let index = 0; index < groupsMax; index++) kit.groups.commit(`g${index}`, 1, 1, '', -1);
  assert.equal(kit.commit('one more', 'orders', 1), 'POLICY_VIOLATION');
  assert.equal(kit.commit('g1', 'orders', 1), 'NONE');
});
