package conformance;

import static conformance.Broker.address;
import static conformance.Broker.admin;
import static conformance.Broker.done;
import static conformance.Broker.fresh;
import static conformance.Broker.numbered;
import static conformance.Broker.produce;
import static conformance.Broker.producer;
import static conformance.Broker.read;
import static conformance.Broker.topic;
import static conformance.Broker.values;
import static conformance.Conformance.check;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry.ConfigSource;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.DeletedRecords;
import org.apache.kafka.clients.admin.DescribeClusterResult;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Admin: the cluster, topics, their configurations and records. */
class Topics {
  static void create(String name) throws Exception {
    done(admin().createTopics(List.of(new NewTopic(name, 1, (short) 1))).all());
  }

  static void checks() {
    check("admin describes the cluster", () -> {
      DescribeClusterResult cluster = admin().describeCluster();
      List<Node> nodes = List.copyOf(done(cluster.nodes()));
      Expect.equal(nodes.size(), 1);
      Expect.equal(nodes.get(0).host() + ":" + nodes.get(0).port(), address);
      Expect.equal(done(cluster.controller()).id(), nodes.get(0).id());
      Expect.that(!done(cluster.clusterId()).isEmpty(), "no id of the cluster");
    });

    check("admin creates topics and is told what they are", () -> {
      String topic = fresh("topic");
      NewTopic wanted = new NewTopic(topic, 3, (short) 1).configs(Map.of("retention.ms", "1000000"));
      CreateTopicsResult result = admin().createTopics(List.of(wanted));
      Expect.equal(done(result.numPartitions(topic)), 3);
      Expect.equal(done(result.replicationFactor(topic)), 1);
      Expect.equal(done(result.config(topic)).get("retention.ms").value(), "1000000");
      Uuid id = done(result.topicId(topic));
      Expect.that(!id.equals(Uuid.ZERO_UUID), "no id");
      Expect.that(done(admin().listTopics().names()).contains(topic), "is not listed");
      TopicDescription described = done(admin().describeTopics(List.of(topic)).allTopicNames()).get(topic);
      Expect.equal(described.topicId(), id);
      Expect.equal(described.partitions().size(), 3);
      Expect.that(described.partitions().stream().allMatch(one -> one.isr().contains(one.leader())), described);
      TopicCollection byId = TopicCollection.ofTopicIds(List.of(id));
      Expect.equal(done(admin().describeTopics(byId).allTopicIds()).get(id).name(), topic);
    });

    check("admin creates topics with defaults and with assignments", () -> {
      String plain = fresh("topic");
      NewTopic unsaid = new NewTopic(plain, Optional.empty(), Optional.empty());
      CreateTopicsResult result = admin().createTopics(List.of(unsaid));
      Expect.equal(done(result.numPartitions(plain)), 4);
      int node = done(admin().describeCluster().nodes()).iterator().next().id();
      String assigned = fresh("topic");
      Map<Integer, List<Integer>> assignments = Map.of(0, List.of(node), 1, List.of(node));
      result = admin().createTopics(List.of(new NewTopic(assigned, assignments)));
      Expect.equal(done(result.numPartitions(assigned)), 2);
    });

    check("admin can't create some topics", () -> {
      String there = topic(1);
      Expect.failure(TopicExistsException.class, create(new NewTopic(there, 1, (short) 1)));
      Expect.failure(InvalidPartitionsException.class, create(new NewTopic(fresh("topic"), 0, (short) 1)));
      Expect.failure(InvalidReplicationFactorException.class, create(new NewTopic(fresh("topic"), 1, (short) 3)));
      Expect.failure(InvalidTopicException.class, create(new NewTopic("no/slashes", 1, (short) 1)));
      for (Map<String, String> config : List.of(Map.of("retention.ms", "soon"), Map.of("no.such.config", "1"))) {
        NewTopic topic = new NewTopic(fresh("topic"), 1, (short) 1).configs(config);
        Expect.failure(InvalidConfigurationException.class, create(topic));
        Expect.that(!done(admin().listTopics().names()).contains(topic.name()), "was created");
      }
    });

    check("admin only tries to create a topic", () -> {
      String topic = fresh("topic");
      CreateTopicsOptions tried = new CreateTopicsOptions().validateOnly(true);
      CreateTopicsResult result = admin().createTopics(List.of(new NewTopic(topic, 3, (short) 1)), tried);
      Expect.equal(done(result.numPartitions(topic)), 3);
      Expect.that(!done(admin().listTopics().names()).contains(topic), "was created");
    });

    check("admin deletes topics by name and by id", () -> {
      String byName = topic(1);
      String byId = topic(1);
      Uuid id = done(admin().describeTopics(List.of(byId)).allTopicNames()).get(byId).topicId();
      done(admin().deleteTopics(List.of(byName)).all());
      done(admin().deleteTopics(TopicCollection.ofTopicIds(List.of(id))).all());
      Set<String> names = new HashSet<>(done(admin().listTopics().names()));
      Expect.that(!names.contains(byName) && !names.contains(byId), "are still listed");
      Expect.failure(UnknownTopicOrPartitionException.class, admin().deleteTopics(List.of(byName)).all());
      TopicCollection gone = TopicCollection.ofTopicIds(List.of(id));
      Expect.failure(UnknownTopicIdException.class, admin().deleteTopics(gone).all());
      Expect.failure(
          UnknownTopicOrPartitionException.class, admin().describeTopics(List.of(byName)).allTopicNames());
    });

    check("admin adds partitions", () -> {
      String topic = topic(2);
      done(admin().createPartitions(Map.of(topic, NewPartitions.increaseTo(5))).all());
      Expect.equal(done(admin().describeTopics(List.of(topic)).allTopicNames()).get(topic).partitions().size(), 5);
      produce(topic, 4, List.of("x"));
      Expect.failure(InvalidPartitionsException.class,
          admin().createPartitions(Map.of(topic, NewPartitions.increaseTo(4))).all());
      Expect.failure(UnknownTopicOrPartitionException.class,
          admin().createPartitions(Map.of(fresh("topic"), NewPartitions.increaseTo(4))).all());
    });

    check("admin describes configurations", () -> {
      Config config = config(topic(1, Map.of("retention.ms", "1000000")));
      Expect.equal(config.get("retention.ms").value(), "1000000");
      Expect.equal(config.get("retention.ms").source(), ConfigSource.DYNAMIC_TOPIC_CONFIG);
      Expect.equal(config.get("cleanup.policy").value(), "delete");
      Expect.equal(config.get("cleanup.policy").source(), ConfigSource.DEFAULT_CONFIG);
      Expect.equal(config.get("max.message.bytes").value(), "1048588");
      int node = done(admin().describeCluster().nodes()).iterator().next().id();
      ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, "" + node);
      DescribeConfigsOptions full = new DescribeConfigsOptions().includeSynonyms(true).includeDocumentation(true);
      Config described = done(admin().describeConfigs(List.of(broker), full).all()).get(broker);
      ConfigEntry partitions = described.get("num.partitions");
      Expect.equal(partitions.value(), "4");
      Expect.that(partitions.isReadOnly(), "can be changed");
      Expect.equal(partitions.type(), ConfigEntry.ConfigType.INT);
      ConfigResource absent = new ConfigResource(ConfigResource.Type.TOPIC, fresh("topic"));
      Expect.failure(UnknownTopicOrPartitionException.class, admin().describeConfigs(List.of(absent)).all());
    });

    check("admin alters configurations", () -> {
      String topic = topic(1);
      done(alter(topic, "retention.ms", "1000000", OpType.SET));
      done(alter(topic, "cleanup.policy", "compact", OpType.APPEND));
      Expect.equal(config(topic).get("retention.ms").value(), "1000000");
      Expect.equal(Set.of(config(topic).get("cleanup.policy").value().split(",")), Set.of("delete", "compact"));
      done(alter(topic, "cleanup.policy", "delete", OpType.SUBTRACT));
      done(alter(topic, "retention.ms", "", OpType.DELETE));
      Expect.equal(config(topic).get("cleanup.policy").value(), "compact");
      Expect.equal(config(topic).get("retention.ms").value(), "604800000");
      Expect.failure(InvalidConfigurationException.class, alter(topic, "retention.ms", "soon", OpType.SET));
      Expect.failure(InvalidConfigurationException.class, alter(topic, "no.such.config", "1", OpType.SET));
      Future<Void> absent = alter(fresh("topic"), "retention.ms", "1", OpType.SET);
      Expect.failure(UnknownTopicOrPartitionException.class, absent);
    });

    check("admin deletes records", () -> {
      TopicPartition one = new TopicPartition(topic(1), 0);
      produce(one.topic(), 0, numbered(10));
      Expect.equal(done(delete(one, 4).get(one)).lowWatermark(), 4L);
      Expect.equal(values(read(one.topic(), 0, 6)), numbered(10).subList(4, 10));
      Expect.equal(offset(one, OffsetSpec.earliest()).offset(), 4L);
      Expect.failure(OffsetOutOfRangeException.class, delete(one, 11).get(one));
      Expect.equal(done(delete(one, -1).get(one)).lowWatermark(), 10L);
    });

    check("admin lists offsets by every specification", () -> {
      TopicPartition one = new TopicPartition(topic(1), 0);
      long[] times = {1_700_000_000_000L, 1_700_000_009_000L, 1_700_000_005_000L};
      try (KafkaProducer<String, String> producer = producer()) {
        for (long time : times) done(producer.send(new ProducerRecord<>(one.topic(), 0, time, null, "x")));
      }
      Expect.equal(offset(one, OffsetSpec.earliest()).offset(), 0L);
      Expect.equal(offset(one, OffsetSpec.latest()).offset(), 3L);
      Expect.equal(offset(one, OffsetSpec.maxTimestamp()).offset(), 1L);
      Expect.equal(offset(one, OffsetSpec.maxTimestamp()).timestamp(), times[1]);
      Expect.equal(offset(one, OffsetSpec.forTimestamp(times[0] + 1)).offset(), 1L);
      Expect.equal(offset(one, OffsetSpec.forTimestamp(times[1] + 1)).offset(), -1L);
      Expect.equal(offset(one, OffsetSpec.earliestLocal()).offset(), 0L);
      Expect.equal(offset(one, OffsetSpec.latestTiered()).offset(), -1L);
    });
  }

  private static Future<Void> create(NewTopic topic) {
    return admin().createTopics(List.of(topic)).values().get(topic.name());
  }

  private static Config config(String topic) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    return done(admin().describeConfigs(List.of(resource)).all()).get(resource);
  }

  private static Future<Void> alter(String topic, String name, String value, OpType type) {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    return admin()
        .incrementalAlterConfigs(Map.of(resource, List.of(new AlterConfigOp(new ConfigEntry(name, value), type))))
        .all();
  }

  private static Map<TopicPartition, KafkaFuture<DeletedRecords>> delete(TopicPartition partition, long before) {
    return admin().deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(before))).lowWatermarks();
  }

  private static ListOffsetsResultInfo offset(TopicPartition partition, OffsetSpec spec) throws Exception {
    return done(admin().listOffsets(Map.of(partition, spec)).partitionResult(partition));
  }
}
