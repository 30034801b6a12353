package conformance;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** A consumer of a group that keeps account of what happens to it. */
class Member implements AutoCloseable, ConsumerRebalanceListener {
  final KafkaConsumer<String, String> consumer;
  final Set<Integer> owned = new HashSet<>();
  final List<String> events = new ArrayList<>();
  final List<ConsumerRecord<String, String>> seen = new ArrayList<>();

  Member(String group, String topic, Object... settings) {
    consumer = Broker.consumer(group, settings);
    consumer.subscribe(List.of(topic), this);
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    events.add("assigned " + partitions.size());
    for (TopicPartition partition : partitions) owned.add(partition.partition());
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    events.add("revoked " + partitions.size());
    for (TopicPartition partition : partitions) owned.remove(partition.partition());
  }

  List<String> revocations() {
    return events.stream().filter(event -> event.startsWith("revoked")).toList();
  }

  void poll() {
    consumer.poll(Broker.SHORTLY).forEach(seen::add);
  }

  /** Until the members have so many partitions each, all of them together once. */
  static void waitForSplit(List<Member> members, Integer... sizes) {
    List<Integer> wanted = List.of(sizes);
    int total = wanted.stream().mapToInt(Integer::intValue).sum();
    Broker.waitFor(() -> {
      for (Member member : members) member.poll();
      List<Integer> actual = members.stream().map(member -> member.owned.size()).sorted().toList();
      Set<Integer> together = members.stream().flatMap(member -> member.owned.stream()).collect(Collectors.toSet());
      return actual.equals(wanted) && together.size() == total;
    }, () -> "no split of " + wanted + " but " + members);
  }

  @Override
  public void close() {
    consumer.close();
  }

  @Override
  public String toString() {
    return owned + " after " + events;
  }
}
