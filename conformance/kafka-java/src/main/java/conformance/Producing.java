package conformance;

import static conformance.Broker.admin;
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

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.TimestampType;

/** KafkaProducer; idempotent with acks=all unless a check says something else, since that is its default. */
class Producing {
  static void checks() {
    check("produce in order, offsets told", () -> {
      String topic = topic(2);
      try (KafkaProducer<String, String> producer = producer("batch.size", 1000)) {
        for (int partition = 0; partition < 2; partition++) {
          List<RecordMetadata> delivered = produce(producer, topic, partition, numbered(2000));
          List<Long> offsets = delivered.stream().map(RecordMetadata::offset).toList();
          Expect.equal(offsets, LongStream.range(0, 2000).boxed().toList());
        }
      }
      Expect.equal(values(read(topic, 1, 2000)), numbered(2000));
    });

    check("produce keys, headers, nulls, timestamps", () -> {
      String topic = topic(1);
      try (KafkaProducer<String, String> producer = producer()) {
        ProducerRecord<String, String> full = new ProducerRecord<>(topic, 0, 1_700_000_000_123L, "key", "value");
        full.headers().add("a", "1".getBytes(StandardCharsets.UTF_8)).add("a", new byte[0]).add("none", null);
        done(producer.send(full));
        done(producer.send(new ProducerRecord<>(topic, "tombstone", null)));
      }
      List<ConsumerRecord<String, String>> records = read(topic, 0, 2);
      ConsumerRecord<String, String> first = records.get(0);
      Expect.equal(List.of(first.key(), first.value(), first.timestamp()), List.of("key", "value", 1_700_000_000_123L));
      Expect.equal(first.timestampType(), TimestampType.CREATE_TIME);
      Header[] headers = first.headers().toArray();
      Expect.equal(headers.length, 3);
      Expect.equal(new String(headers[0].value(), StandardCharsets.UTF_8), "1");
      Expect.equal(headers[1].value().length, 0);
      Expect.equal(headers[2].value(), null);
      Expect.equal(records.get(1).value(), null);
    });

    for (String codec : List.of("gzip", "snappy", "lz4", "zstd")) {
      check("produce compressed by " + codec, () -> {
        String topic = topic(1);
        List<String> many = numbered(1000, "the same again, the same again, the same again");
        try (KafkaProducer<String, String> producer = producer("compression.type", codec, "linger.ms", 20)) {
          produce(producer, topic, 0, many);
        }
        Expect.equal(values(read(topic, 0, 1000)), many);
      });
    }

    check("produce with acks 0 and 1", () -> {
      String topic = topic(1);
      for (String acks : List.of("0", "1")) {
        try (KafkaProducer<String, String> producer = producer("acks", acks, "enable.idempotence", false)) {
          List<RecordMetadata> delivered = produce(producer, topic, 0, numbered(20, acks));
          Expect.equal(delivered.get(19).hasOffset(), acks.equals("1"));
        }
      }
      List<String> all = new ArrayList<>(numbered(20, "0"));
      all.addAll(numbered(20, "1"));
      Expect.equal(values(read(topic, 0, 40)), all);
    });

    check("produce by key, always to one partition", () -> {
      String topic = topic(4);
      try (KafkaProducer<String, String> producer = producer()) {
        for (int n = 0; n < 40; n++) {
          int first = done(producer.send(new ProducerRecord<>(topic, "key" + n % 10, "x"))).partition();
          int again = done(producer.send(new ProducerRecord<>(topic, "key" + n % 10, "y"))).partition();
          Expect.equal(again, first);
        }
      }
    });

    check("produce to a topic that stamps what it appends", () -> {
      String topic = topic(1, Map.of("message.timestamp.type", "LogAppendTime"));
      long before = System.currentTimeMillis();
      RecordMetadata delivered = produce(topic, 0, List.of("x")).get(0);
      ConsumerRecord<String, String> record = read(topic, 0, 1).get(0);
      Expect.equal(record.timestampType(), TimestampType.LOG_APPEND_TIME);
      Expect.that(record.timestamp() >= before && record.timestamp() <= System.currentTimeMillis(), record.timestamp());
      Expect.equal(delivered.timestamp(), record.timestamp());
    });

    check("produce what is too large", () -> {
      String topic = topic(1);
      try (KafkaProducer<String, String> producer = producer("max.request.size", 5_000_000)) {
        Future<RecordMetadata> sent = producer.send(new ProducerRecord<>(topic, "x".repeat(2_000_000)));
        Expect.failure(RecordTooLargeException.class, sent);
        Expect.equal(done(producer.send(new ProducerRecord<>(topic, "small"))).offset(), 0L);
      }
    });

    check("produce a batch that must be split", () -> {
      String topic = topic(1, Map.of("max.message.bytes", "2000"));
      // Compressed far below the limit as the producer expects, but not as it turns out.
      try (KafkaProducer<String, String> producer = producer("linger.ms", 200, "batch.size", 16_384)) {
        Expect.equal(produce(producer, topic, 0, numbered(200, "a batch of these is too large")).size(), 200);
      }
      Expect.equal(values(read(topic, 0, 200)), numbered(200, "a batch of these is too large"));
    });

    check("produce to a topic that is created by that", () -> {
      String topic = fresh("topic");
      try (KafkaProducer<String, String> producer = producer()) {
        Expect.equal(done(producer.send(new ProducerRecord<>(topic, 3, null, "x"))).offset(), 0L);
        Expect.equal(producer.partitionsFor(topic).size(), 4);
        Expect.failure(InvalidTopicException.class, producer.send(new ProducerRecord<>("no/slashes", "x")));
      }
    });

    check("produce to a topic that was deleted and created again", () -> {
      String topic = topic(1);
      try (KafkaProducer<String, String> producer = producer()) {
        Expect.equal(done(producer.send(new ProducerRecord<>(topic, "old"))).offset(), 0L);
        done(admin().deleteTopics(List.of(topic)).all());
        Topics.create(topic);
        Expect.equal(done(producer.send(new ProducerRecord<>(topic, "new"))).offset(), 0L);
      }
      Expect.equal(values(read(topic, 0, 1)), List.of("new"));
    });

    check("produce by four threads at once", () -> {
      String topic = topic(4);
      try (KafkaProducer<String, String> producer = producer()) {
        List<Thread> threads = new ArrayList<>();
        List<Throwable> errors = Collections.synchronizedList(new ArrayList<>());
        for (int partition = 0; partition < 4; partition++) {
          int own = partition;
          threads.add(new Thread(() -> {
            try {
              produce(producer, topic, own, numbered(500, "thread " + own));
            } catch (Throwable error) {
              errors.add(error);
            }
          }));
        }
        for (Thread thread : threads) thread.start();
        for (Thread thread : threads) thread.join();
        Expect.equal(errors, List.of());
      }
      for (int partition = 0; partition < 4; partition++) {
        Expect.equal(values(read(topic, partition, 500)), numbered(500, "thread " + partition));
      }
    });
  }
}
