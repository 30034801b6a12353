package conformance;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Clients of the broker, names that nobody else uses, and waiting with a deadline. */
class Broker {
  static final int WAIT_SECONDS = 20;
  static final Duration SHORTLY = Duration.ofMillis(50);

  static String address;
  static String saslAddress;

  private static Admin admin;
  private static int made = 0;
  private static final String PREFIX = "java-" + UUID.randomUUID().toString().substring(0, 8);

  static synchronized Admin admin() {
    if (admin == null) admin = Admin.create(settings(Map.of()));
    return admin;
  }

  static synchronized String fresh(String kind) {
    return PREFIX + "-" + kind + "-" + ++made;
  }

  static String topic(int partitions) throws Exception {
    return topic(partitions, Map.of());
  }

  static String topic(int partitions, Map<String, String> configs) throws Exception {
    String name = fresh("topic");
    NewTopic topic = new NewTopic(name, Optional.of(partitions), Optional.empty()).configs(configs);
    admin().createTopics(List.of(topic)).all().get(WAIT_SECONDS, TimeUnit.SECONDS);
    return name;
  }

  static KafkaProducer<String, String> producer(Object... settings) {
    return new KafkaProducer<>(settings(pairs(settings)), new StringSerializer(), new StringSerializer());
  }

  static KafkaConsumer<String, String> consumer(String group, Object... settings) {
    Map<String, Object> all = new HashMap<>();
    all.put("group.id", group);
    all.put("auto.offset.reset", "earliest");
    all.put("session.timeout.ms", 6000);
    all.put("heartbeat.interval.ms", 300);
    all.putAll(pairs(settings));
    return new KafkaConsumer<>(settings(all), new StringDeserializer(), new StringDeserializer());
  }

  private static Map<String, Object> settings(Map<String, ?> more) {
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", address);
    settings.put("request.timeout.ms", 15_000);
    settings.putAll(more);
    return settings;
  }

  static Map<String, Object> pairs(Object... settings) {
    Map<String, Object> pairs = new HashMap<>();
    for (int i = 0; i < settings.length; i += 2) pairs.put((String) settings[i], settings[i + 1]);
    return pairs;
  }

  static <T> T done(Future<T> future) throws Exception {
    return future.get(WAIT_SECONDS, TimeUnit.SECONDS);
  }

  /** Sends and waits for all. */
  static List<RecordMetadata> produce(String topic, int partition, List<String> values) throws Exception {
    try (KafkaProducer<String, String> producer = producer()) {
      return produce(producer, topic, partition, values);
    }
  }

  static List<RecordMetadata> produce(
      KafkaProducer<String, String> producer, String topic, int partition, List<String> values) throws Exception {
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    for (String value : values) sent.add(producer.send(new ProducerRecord<>(topic, partition, null, value)));
    producer.flush();
    List<RecordMetadata> delivered = new ArrayList<>();
    for (Future<RecordMetadata> future : sent) delivered.add(done(future));
    return delivered;
  }

  static List<ConsumerRecord<String, String>> collect(KafkaConsumer<String, String> consumer, int count) {
    List<ConsumerRecord<String, String>> records = new ArrayList<>();
    waitFor(() -> {
      consumer.poll(SHORTLY).forEach(records::add);
      return records.size() >= count;
    }, () -> records.size() + " of " + count + " records");
    Expect.equal(records.size(), count);
    return records;
  }

  static List<String> values(List<ConsumerRecord<String, String>> records) {
    return records.stream().map(ConsumerRecord::value).toList();
  }

  /** Of one partition, from the beginning. */
  static List<ConsumerRecord<String, String>> read(String topic, int partition, int count, Object... settings) {
    try (KafkaConsumer<String, String> consumer = consumer(fresh("group"), settings)) {
      TopicPartition one = new TopicPartition(topic, partition);
      consumer.assign(List.of(one));
      consumer.seekToBeginning(List.of(one));
      return collect(consumer, count);
    }
  }

  static void waitFor(BooleanSupplier condition, Supplier<String> state) {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > until) throw new AssertionError("after " + WAIT_SECONDS + " s: " + state.get());
      if (Thread.interrupted()) throw new AssertionError("too late: " + state.get());
    }
  }

  static List<String> numbered(int count) {
    return numbered(count, "value");
  }

  static List<String> numbered(int count, String word) {
    List<String> values = new ArrayList<>();
    for (int n = 0; n < count; n++) values.add(word + " " + n);
    return values;
  }
}
