package conformance;

import static conformance.Broker.address;
import static conformance.Broker.admin;
import static conformance.Broker.consumer;
import static conformance.Broker.done;
import static conformance.Broker.fresh;
import static conformance.Broker.numbered;
import static conformance.Broker.produce;
import static conformance.Broker.topic;
import static conformance.Conformance.check;
import static conformance.Member.waitForSplit;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.GroupSubscribedToTopicException;
import org.apache.kafka.common.errors.UnknownMemberIdException;

/** Admin: consumer groups, their members and their offsets. */
class GroupAdministration {
  static void checks() {
    check("admin lists, describes and deletes groups", () -> {
      String topic = topic(2);
      String group = fresh("group");
      try (Member member = new Member(group, topic, "client.id", "the-client", "group.instance.id", "one")) {
        waitForSplit(List.of(member), 2);
        GroupListing listed = listing(group, new ListGroupsOptions());
        Expect.equal(listed.groupState().orElseThrow(), GroupState.STABLE);
        Expect.equal(listed.type().orElseThrow(), GroupType.CLASSIC);
        Expect.equal(listed.protocol(), "consumer");
        Expect.equal(listing(group, new ListGroupsOptions().inGroupStates(Set.of(GroupState.EMPTY))), null);
        ConsumerGroupDescription described = describe(group);
        Expect.equal(described.groupState(), GroupState.STABLE);
        Expect.equal(described.partitionAssignor(), "range");
        Expect.equal(described.coordinator().host() + ":" + described.coordinator().port(), address);
        MemberDescription one = described.members().iterator().next();
        Expect.equal(List.of(one.clientId(), one.groupInstanceId().orElseThrow()), List.of("the-client", "one"));
        Set<TopicPartition> both = Set.of(new TopicPartition(topic, 0), new TopicPartition(topic, 1));
        Expect.equal(one.assignment().topicPartitions(), both);
        Expect.failure(GroupNotEmptyException.class, admin().deleteConsumerGroups(List.of(group)).all());
        done(admin().removeMembersFromConsumerGroup(group,
            new RemoveMembersFromConsumerGroupOptions(List.of(new MemberToRemove("one")))).all());
        Expect.equal(describe(group).members(), List.of());
      }
      // The commits of its last poll keep it, empty.
      done(admin().alterConsumerGroupOffsets(group, offsets(topic, 1)).all());
      Expect.equal(describe(group).groupState(), GroupState.EMPTY);
      done(admin().deleteConsumerGroups(List.of(group)).all());
      Expect.failure(GroupIdNotFoundException.class, admin().deleteConsumerGroups(List.of(group)).all());
      Expect.equal(listing(group, new ListGroupsOptions()), null);
      Expect.failure(GroupIdNotFoundException.class, admin().describeConsumerGroups(List.of(group)).all());
    });

    check("admin lists, alters and deletes the offsets of a group", () -> {
      String topic = topic(3);
      String group = fresh("group");
      done(admin().alterConsumerGroupOffsets(group, offsets(topic, 0, 2)).all());
      Expect.equal(listed(group), offsets(topic, 0, 2));
      done(admin().deleteConsumerGroupOffsets(group, Set.of(new TopicPartition(topic, 0))).all());
      Expect.equal(listed(group).keySet(), Set.of(new TopicPartition(topic, 1)));
      TopicPartition third = new TopicPartition(topic, 2);
      ListConsumerGroupOffsetsSpec spec = new ListConsumerGroupOffsetsSpec().topicPartitions(List.of(third));
      Map<TopicPartition, OffsetAndMetadata> none = new HashMap<>();
      none.put(third, null);
      Map<String, ListConsumerGroupOffsetsSpec> asked = Map.of(group, spec);
      Expect.equal(done(admin().listConsumerGroupOffsets(asked).partitionsToOffsetAndMetadata(group)), none);
      produce(topic, 1, numbered(3));
      try (KafkaConsumer<String, String> consumer = consumer(group)) {
        consumer.assign(List.of(new TopicPartition(topic, 1)));
        Expect.equal(Broker.values(Broker.collect(consumer, 1)), List.of("value 2"));
      }
    });

    check("admin can't touch the offsets of a group at work", () -> {
      String topic = topic(2);
      String group = fresh("group");
      try (Member member = new Member(group, topic)) {
        waitForSplit(List.of(member), 2);
        member.consumer.commitSync(offsets(topic, 0, 0));
        Expect.failure(UnknownMemberIdException.class,
            admin().alterConsumerGroupOffsets(group, offsets(topic, 1)).all());
        TopicPartition first = new TopicPartition(topic, 0);
        Expect.failure(GroupSubscribedToTopicException.class,
            admin().deleteConsumerGroupOffsets(group, Set.of(first)).partitionResult(first));
      }
    });
  }

  private static GroupListing listing(String group, ListGroupsOptions options) throws Exception {
    for (GroupListing one : done(admin().listGroups(options).all())) if (one.groupId().equals(group)) return one;
    return null;
  }

  private static ConsumerGroupDescription describe(String group) throws Exception {
    return done(admin().describeConsumerGroups(List.of(group)).all()).get(group);
  }

  private static Map<TopicPartition, OffsetAndMetadata> listed(String group) throws Exception {
    return done(admin().listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
  }

  private static Map<TopicPartition, OffsetAndMetadata> offsets(String topic, long... offsets) {
    Map<TopicPartition, OffsetAndMetadata> map = new HashMap<>();
    for (int partition = 0; partition < offsets.length; partition++) {
      map.put(new TopicPartition(topic, partition), new OffsetAndMetadata(offsets[partition], "noted"));
    }
    return map;
  }
}
