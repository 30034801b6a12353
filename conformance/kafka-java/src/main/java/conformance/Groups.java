package conformance;

import static conformance.Broker.SHORTLY;
import static conformance.Broker.admin;
import static conformance.Broker.collect;
import static conformance.Broker.consumer;
import static conformance.Broker.done;
import static conformance.Broker.fresh;
import static conformance.Broker.numbered;
import static conformance.Broker.produce;
import static conformance.Broker.topic;
import static conformance.Broker.values;
import static conformance.Broker.waitFor;
import static conformance.Conformance.check;
import static conformance.Member.waitForSplit;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedInstanceIdException;

/** Consumer groups by the classic protocol. */
class Groups {
  private static final String ASSIGNMENT = "partition.assignment.strategy";
  private static final String STRATEGIES = "org.apache.kafka.clients.consumer.";

  static void checks() {
    check("group goes on where it stopped", () -> {
      String topic = topic(1);
      String group = fresh("group");
      TopicPartition one = new TopicPartition(topic, 0);
      produce(topic, 0, numbered(10));
      try (KafkaConsumer<String, String> first = consumer(group, "enable.auto.commit", false)) {
        first.subscribe(List.of(topic));
        collect(first, 10);
        first.commitSync(Map.of(one, new OffsetAndMetadata(4, "four")));
        Expect.equal(first.committed(Set.of(one)).get(one).metadata(), "four");
      }
      try (KafkaConsumer<String, String> second = consumer(group)) {
        second.subscribe(List.of(topic));
        Expect.equal(values(collect(second, 6)), numbered(10).subList(4, 10));
      }
      try (KafkaConsumer<String, String> third = consumer(group)) {
        Expect.equal(third.committed(Set.of(one)).get(one).offset(), 10L);
      }
    });

    for (String strategy : List.of("RangeAssignor", "RoundRobinAssignor", "StickyAssignor")) {
      check("group of two members by " + strategy, () -> {
        String topic = topic(4);
        String group = fresh("group");
        try (Member second = new Member(group, topic, ASSIGNMENT, STRATEGIES + strategy)) {
          try (Member first = new Member(group, topic, ASSIGNMENT, STRATEGIES + strategy)) {
            waitForSplit(List.of(first), 4);
            waitForSplit(List.of(first, second), 2, 2);
            for (int partition = 0; partition < 4; partition++) produce(topic, partition, List.of("" + partition));
            waitFor(() -> {
              first.poll();
              second.poll();
              return first.seen.size() + second.seen.size() >= 4;
            }, () -> first.seen.size() + " and " + second.seen.size() + " records");
            first.seen.forEach(record -> Expect.that(first.owned.contains(record.partition()), record));
            second.seen.forEach(record -> Expect.that(second.owned.contains(record.partition()), record));
          }
          waitForSplit(List.of(second), 4);
        }
      });
    }

    check("group by the cooperative sticky assignor", () -> {
      String topic = topic(4);
      String group = fresh("group");
      String strategy = STRATEGIES + "CooperativeStickyAssignor";
      try (Member first = new Member(group, topic, ASSIGNMENT, strategy)) {
        waitForSplit(List.of(first), 4);
        try (Member second = new Member(group, topic, ASSIGNMENT, strategy)) {
          waitForSplit(List.of(first, second), 2, 2);
          Expect.equal(first.revocations(), List.of("revoked 2"));
        }
        waitForSplit(List.of(first), 4);
        Expect.equal(first.revocations(), List.of("revoked 2"));
      }
    });

    check("group of static members, one of which comes back", () -> {
      String topic = topic(4);
      String group = fresh("group");
      Object[] one = {"group.instance.id", "one", "session.timeout.ms", 30_000};
      try (Member second = new Member(group, topic, "group.instance.id", "two", "session.timeout.ms", 30_000)) {
        Set<Integer> owned;
        try (Member first = new Member(group, topic, one)) {
          waitForSplit(List.of(first, second), 2, 2);
          owned = new HashSet<>(first.owned);
        }
        List<String> events = List.copyOf(second.events);
        try (Member again = new Member(group, topic, one)) {
          waitForSplit(List.of(again, second), 2, 2);
          Expect.equal(again.owned, owned);
          Expect.equal(second.events, events);
        }
      }
    });

    check("group fences a static member by its successor", () -> {
      String topic = topic(4);
      String group = fresh("group");
      Member first = new Member(group, topic, "group.instance.id", "one");
      waitForSplit(List.of(first), 4);
      try (Member second = new Member(group, topic, "group.instance.id", "one")) {
        waitForSplit(List.of(second), 4);
        Expect.failure(FencedInstanceIdException.class, () -> waitFor(() -> {
          first.poll();
          return false;
        }, () -> "not fenced, " + first));
      }
      first.close();
    });

    check("group loses a member that polls too late", () -> {
      String topic = topic(4);
      String group = fresh("group");
      produce(topic, 0, List.of("x"));
      try (Member slow = new Member(group, topic, "max.poll.interval.ms", 1000, "enable.auto.commit", false);
          Member quick = new Member(group, topic)) {
        waitForSplit(List.of(slow, quick), 2, 2);
        waitForSplit(List.of(quick), 4);
        Expect.failure(CommitFailedException.class,
            () -> slow.consumer.commitSync(Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(1))));
        waitForSplit(List.of(slow, quick), 2, 2);
      }
    });

    check("group rebalances when a member asks for it", () -> {
      String topic = topic(4);
      try (Member member = new Member(fresh("group"), topic)) {
        waitForSplit(List.of(member), 4);
        int generation = member.consumer.groupMetadata().generationId();
        member.consumer.enforceRebalance("to see it");
        waitFor(() -> {
          member.poll();
          return member.consumer.groupMetadata().generationId() > generation && member.owned.size() == 4;
        }, () -> "generation " + member.consumer.groupMetadata().generationId() + ", " + member);
      }
    });

    check("group by a pattern, with a topic that comes later", () -> {
      String topic = topic(1);
      produce(topic, 0, List.of("first"));
      try (KafkaConsumer<String, String> consumer = consumer(fresh("group"), "metadata.max.age.ms", 500)) {
        consumer.subscribe(Pattern.compile(Pattern.quote(topic) + ".*"));
        Expect.equal(values(collect(consumer, 1)), List.of("first"));
        Topics.create(topic + "-later");
        produce(topic + "-later", 0, List.of("second"));
        Expect.equal(values(collect(consumer, 1)), List.of("second"));
      }
    });

    check("group is assigned partitions that are added", () -> {
      String topic = topic(2);
      try (Member member = new Member(fresh("group"), topic, "metadata.max.age.ms", 500)) {
        waitForSplit(List.of(member), 2);
        done(admin().createPartitions(Map.of(topic, NewPartitions.increaseTo(5))).all());
        waitForSplit(List.of(member), 5);
      }
    });

    check("groups do not know of each other", () -> {
      String topic = topic(1);
      produce(topic, 0, numbered(3));
      for (int n = 0; n < 2; n++) {
        try (KafkaConsumer<String, String> consumer = consumer(fresh("group"))) {
          consumer.subscribe(List.of(topic));
          Expect.equal(values(collect(consumer, 3)), numbered(3));
          Expect.equal(consumer.poll(SHORTLY).count(), 0);
        }
      }
    });
  }
}
