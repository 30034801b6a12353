package conformance;

import static conformance.Broker.SHORTLY;
import static conformance.Broker.admin;
import static conformance.Broker.collect;
import static conformance.Broker.consumer;
import static conformance.Broker.done;
import static conformance.Broker.fresh;
import static conformance.Broker.numbered;
import static conformance.Broker.produce;
import static conformance.Broker.producer;
import static conformance.Broker.read;
import static conformance.Broker.topic;
import static conformance.Broker.values;
import static conformance.Conformance.check;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** KafkaConsumer without company. */
class Consuming {
  private static final long TIME = 1_700_000_000_000L;

  static void checks() {
    check("consume from positions", () -> {
      TopicPartition one = new TopicPartition(topic(1), 0);
      produce(one.topic(), 0, numbered(10));
      try (KafkaConsumer<String, String> consumer = consumer(fresh("group"))) {
        consumer.assign(List.of(one));
        consumer.seek(one, 7);
        Expect.equal(values(collect(consumer, 3)), numbered(10).subList(7, 10));
        Expect.equal(consumer.position(one), 10L);
        consumer.seekToBeginning(List.of(one));
        Expect.equal(values(collect(consumer, 10)), numbered(10));
        consumer.seekToEnd(List.of(one));
        Expect.equal(consumer.position(one), 10L);
        Expect.equal(consumer.beginningOffsets(List.of(one)), Map.of(one, 0L));
        Expect.equal(consumer.endOffsets(List.of(one)), Map.of(one, 10L));
        Expect.equal(consumer.partitionsFor(one.topic()).size(), 1);
        Expect.that(consumer.listTopics().containsKey(one.topic()), "is not listed");
      }
    });

    check("consume with some paused", () -> {
      String topic = topic(2);
      TopicPartition paused = new TopicPartition(topic, 0);
      TopicPartition open = new TopicPartition(topic, 1);
      try (KafkaConsumer<String, String> consumer = consumer(fresh("group"))) {
        consumer.assign(List.of(paused, open));
        consumer.pause(List.of(paused));
        produce(topic, 0, List.of("paused"));
        produce(topic, 1, List.of("open"));
        Expect.equal(values(collect(consumer, 1)), List.of("open"));
        consumer.resume(List.of(paused));
        Expect.equal(values(collect(consumer, 1)), List.of("paused"));
      }
    });

    check("consume from times", () -> {
      TopicPartition one = new TopicPartition(topic(2), 0);
      TopicPartition empty = new TopicPartition(one.topic(), 1);
      try (KafkaProducer<String, String> producer = producer("linger.ms", 100)) {
        for (int n = 0; n < 20; n++) producer.send(new ProducerRecord<>(one.topic(), 0, TIME + n * 10L, null, "" + n));
      }
      try (KafkaConsumer<String, String> consumer = consumer(fresh("group"))) {
        OffsetAndTimestamp found = consumer.offsetsForTimes(Map.of(one, TIME + 101)).get(one);
        Expect.equal(List.of(found.offset(), found.timestamp()), List.of(11L, TIME + 110));
        Expect.equal(consumer.offsetsForTimes(Map.of(one, 0L)).get(one).offset(), 0L);
        Expect.equal(consumer.offsetsForTimes(Map.of(one, TIME + 191)).get(one), null);
        Expect.equal(consumer.offsetsForTimes(Map.of(empty, 0L)).get(empty), null);
      }
    });

    check("consume from where nothing is", () -> {
      TopicPartition one = new TopicPartition(topic(1), 0);
      produce(one.topic(), 0, numbered(3));
      try (KafkaConsumer<String, String> consumer = consumer(fresh("group"), "auto.offset.reset", "none")) {
        consumer.assign(List.of(one));
        Expect.failure(NoOffsetForPartitionException.class, () -> collect(consumer, 1));
        consumer.seek(one, 100);
        Expect.failure(OffsetOutOfRangeException.class, () -> collect(consumer, 1));
        consumer.seek(one, 2);
        Expect.equal(values(collect(consumer, 1)), List.of("value 2"));
      }
      try (KafkaConsumer<String, String> consumer = consumer(fresh("group"))) {
        consumer.assign(List.of(one));
        consumer.seek(one, 100);
        Expect.equal(values(collect(consumer, 3)), numbered(3));
      }
    });

    check("consume batches larger than a fetch may be", () -> {
      String topic = topic(1);
      List<String> large = numbered(10, "x".repeat(100_000));
      produce(topic, 0, large);
      Object[] small = {"max.partition.fetch.bytes", 1000, "fetch.max.bytes", 1000};
      Expect.equal(values(read(topic, 0, 10, small)), large);
    });

    check("consume a minimum of bytes, or what there is in time", () -> {
      TopicPartition one = new TopicPartition(topic(1), 0);
      Object[] settings = {"fetch.min.bytes", 200_000, "fetch.max.wait.ms", 500};
      try (KafkaConsumer<String, String> consumer = consumer(fresh("group"), settings)) {
        consumer.assign(List.of(one));
        produce(one.topic(), 0, List.of("few"));
        Expect.equal(values(collect(consumer, 1)), List.of("few"));
        produce(one.topic(), 0, List.of("x".repeat(250_000)));
        collect(consumer, 1);
      }
    });

    check("consume by a fetch session that changes", () -> {
      String topic = topic(12);
      try (KafkaConsumer<String, String> consumer = consumer(fresh("group"), "fetch.max.wait.ms", 100)) {
        List<TopicPartition> partitions = new ArrayList<>();
        for (int round = 0; round < 12; round++) {
          partitions.add(new TopicPartition(topic, round));
          consumer.assign(partitions);
          for (int partition = 0; partition <= round; partition++) produce(topic, partition, List.of(round + ""));
          Expect.equal(values(collect(consumer, round + 1)), Collections.nCopies(round + 1, round + ""));
        }
        consumer.assign(partitions.subList(5, 6));
        consumer.poll(SHORTLY);
        produce(topic, 4, List.of("not wanted"));
        produce(topic, 5, List.of("wanted"));
        Expect.equal(values(collect(consumer, 1)), List.of("wanted"));
      }
    });

    check("consume a topic that was deleted and created again", () -> {
      TopicPartition one = new TopicPartition(topic(1), 0);
      produce(one.topic(), 0, List.of("old", "older"));
      try (KafkaConsumer<String, String> consumer = consumer(fresh("group"), "metadata.max.age.ms", 500)) {
        consumer.assign(List.of(one));
        collect(consumer, 2);
        done(admin().deleteTopics(List.of(one.topic())).all());
        Topics.create(one.topic());
        produce(one.topic(), 0, List.of("new"));
        consumer.seekToBeginning(List.of(one));
        Expect.equal(values(collect(consumer, 1)), List.of("new"));
      }
    });

    check("consume only what is committed, where nothing is transactional", () -> {
      String topic = topic(1);
      produce(topic, 0, numbered(5));
      Expect.equal(values(read(topic, 0, 5, "isolation.level", "read_committed")), numbered(5));
    });
  }
}
