/**
 * Which member of a group reads which partitions: round robin among those that subscribed to the topic.
 *
 * The listeners of one service share a group and read different topics, so each member has a subscription of its own;
 * the client's own assigner gives any member partitions of any topic.
 */
import type { GroupPartitionsAssigner, GroupPartitionsAssignments } from '@platformatic/kafka';

export const assignPartitions: GroupPartitionsAssigner = (_current, members, _topics, { topics }) => {
  const assigned = new Map<string, GroupPartitionsAssignments>();
  const ids = [...members.keys()].sort();
  for (const memberId of ids) assigned.set(memberId, { memberId, assignments: new Map() });
  for (const topic of [...topics.keys()].sort()) {
    const takers = ids.filter((id) => members.get(id)?.topics?.includes(topic));
    const count = takers.length === 0 ? 0 : (topics.get(topic)?.partitionsCount ?? 0);
    for (let partition = 0; partition < count; partition += 1) {
      const mine = assigned.get(takers[partition % takers.length] as string)?.assignments;
      const assignment = mine?.get(topic);
      if (assignment === undefined) mine?.set(topic, { topic, partitions: [partition] });
      else assignment.partitions.push(partition);
    }
  }
  return [...assigned.values()];
};
