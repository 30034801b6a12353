package conformance;

import static conformance.Conformance.check;
import static conformance.Scene.message;
import static conformance.Scene.numbered;
import static conformance.Scene.sent;

import checks.Expect;
import java.util.Map;
import java.util.TreeSet;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.admin.ConsumeStats;
import org.apache.rocketmq.remoting.protocol.admin.TopicStatsTable;
import org.apache.rocketmq.remoting.protocol.body.ClusterInfo;
import org.apache.rocketmq.remoting.protocol.body.ConsumerConnection;
import org.apache.rocketmq.remoting.protocol.body.ConsumerRunningInfo;
import org.apache.rocketmq.remoting.protocol.body.KVTable;
import org.apache.rocketmq.remoting.protocol.subscription.SubscriptionGroupConfig;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

/** DefaultMQAdminExt, which mqadmin and the dashboard are made of. */
class Administering {
  static void checks() {
    check("admin the cluster", scene -> {
      ClusterInfo cluster = scene.admin().examineBrokerClusterInfo();
      Expect.equal(cluster.getClusterAddrTable().get(Scene.CLUSTER), java.util.Set.of("broker-a"));
      Expect.equal(cluster.getBrokerAddrTable().get("broker-a").getBrokerAddrs().keySet(), java.util.Set.of(0L));
    });

    check("admin topics made, changed, listed, deleted", scene -> {
      DefaultMQProducer producer = scene.producer();
      DefaultMQAdminExt admin = scene.admin();
      String address = new Raw(producer).broker;
      String topic = Scene.fresh("topic");
      admin.createAndUpdateTopicConfig(address, new TopicConfig(topic, 3, 2));
      Expect.soon(() -> queues(producer, topic) == 2, () -> queues(producer, topic));
      admin.createAndUpdateTopicConfig(address, new TopicConfig(topic, 8, 8));
      Expect.soon(() -> queues(producer, topic) == 8, () -> queues(producer, topic));
      Expect.that(admin.fetchAllTopicList().getTopicList().contains(topic), "not in the list");
      TopicConfig config = admin.examineTopicConfig(address, topic);
      Expect.equal(config.getReadQueueNums(), 8);
      scene.fact("config", config.getPerm() + " " + config.getTopicFilterType() + " " + config.getAttributes());
      admin.deleteTopicInBroker(java.util.Set.of(address), topic);
      admin.deleteTopicInNameServer(java.util.Set.of(Scene.nameServer), topic);
      Expect.soon(() -> {
        try {
          admin.examineTopicRouteInfo(topic);
          return false;
        } catch (Exception gone) {
          return true;
        }
      }, () -> "still there");
    });

    check("admin topics of a type", scene -> {
      DefaultMQProducer producer = scene.producer();
      for (String type : new String[] {"NORMAL", "FIFO", "DELAY", "TRANSACTION", "MIXED"}) {
        String topic = Scene.fresh("typed");
        producer.createTopic(Scene.CLUSTER, topic, 2, Map.of("+message.type", type));
        Expect.soon(() -> queues(producer, topic) == 2, () -> queues(producer, topic));
      }
      String wrong = Scene.fresh("typed");
      scene.fact("no such type", making(producer, wrong, Map.of("+message.type", "ODD")));
      scene.fact("no such attribute", making(producer, wrong, Map.of("+odd", "1")));
      scene.fact("a name that is not allowed", making(producer, "a b", Map.of()));
      scene.fact("a system topic", making(producer, "TBW102", Map.of()));
    });

    check("admin statistics of topic and group", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(2);
      String group = scene.group();
      for (String value : numbered(10)) sent(producer.send(message(topic, value)));
      DefaultMQAdminExt admin = scene.admin();
      TopicStatsTable stats = admin.examineTopicStats(topic);
      Expect.equal(stats.getOffsetTable().size(), 2);
      MessageQueue queue = Scene.queue(producer, topic, 0);
      Expect.equal(stats.getOffsetTable().get(queue).getMaxOffset(), 5L);
      Inbox inbox = new Inbox();
      DefaultMQPushConsumer consumer = scene.push(group, topic, "*");
      consumer.registerMessageListener(inbox.taking());
      scene.started(consumer);
      inbox.settlesAt(10);
      Expect.soon(() -> {
        try {
          ConsumeStats consumed = admin.examineConsumeStats(group, topic);
          return consumed.computeTotalDiff() == 0 && consumed.getOffsetTable().get(queue).getConsumerOffset() == 5;
        } catch (Exception notYet) {
          return false;
        }
      }, () -> "not all is consumed");
      ConsumerConnection connection = admin.examineConsumerConnectionInfo(group);
      Expect.equal(connection.getConnectionSet().size(), 1);
      Expect.equal(connection.getSubscriptionTable().get(topic).getSubString(), "*");
      String client = connection.getConnectionSet().iterator().next().getClientId();
      ConsumerRunningInfo running = admin.getConsumerRunningInfo(group, client, false);
      Expect.equal(running.getSubscriptionSet().size(), 2);
      KVTable broker = admin.fetchBrokerRuntimeStats(new Raw(producer).broker);
      Expect.that(broker.getTable().containsKey("brokerVersionDesc"), new TreeSet<>(broker.getTable().keySet()));
      scene.fact("version", broker.getTable().get("brokerVersionDesc"));
    });

    check("admin groups made, read and deleted", scene -> {
      DefaultMQAdminExt admin = scene.admin();
      String address = new Raw(scene.producer()).broker;
      String group = scene.group();
      SubscriptionGroupConfig config = new SubscriptionGroupConfig();
      config.setGroupName(group);
      config.setRetryMaxTimes(3);
      admin.createAndUpdateSubscriptionGroupConfig(address, config);
      Expect.equal(admin.examineSubscriptionGroupConfig(address, group).getRetryMaxTimes(), 3);
      admin.deleteSubscriptionGroup(address, group, true);
    });

    check("admin offsets of a group at work are set back", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(2);
      String group = scene.group();
      long before = System.currentTimeMillis();
      Expect.pause(20);
      for (String value : numbered(10)) sent(producer.send(message(topic, value)));
      Inbox inbox = new Inbox();
      DefaultMQPushConsumer consumer = scene.push(group, topic, "*");
      consumer.registerMessageListener(inbox.taking());
      scene.started(consumer);
      inbox.settlesAt(10);
      Expect.pause(1500);
      Map<MessageQueue, Long> offsets = scene.admin().resetOffsetByTimestamp(topic, group, before, true);
      Expect.equal(offsets.size(), 2);
      inbox.waitFor(20, 40);
    });

    check("admin offsets of a group without members are set back", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(1);
      String group = scene.group();
      for (String value : numbered(10)) sent(producer.send(message(topic, value)));
      Inbox inbox = new Inbox();
      DefaultMQPushConsumer consumer = scene.push(group, topic, "*");
      consumer.registerMessageListener(inbox.taking());
      consumer.start();
      inbox.settlesAt(10);
      consumer.shutdown();
      DefaultMQAdminExt admin = scene.admin();
      scene.fact("reset", Scene.ending(() -> admin.resetOffsetByTimestamp(topic, group, 0, true)));
      scene.fact("reset as of old", Scene.ending(() -> admin.resetOffsetByTimestampOld(group, topic, 0, true)));
      Inbox again = new Inbox();
      DefaultMQPushConsumer successor = scene.push(group, topic, "*");
      successor.registerMessageListener(again.taking());
      scene.started(successor);
      again.waitFor(10, 40);
    });
  }

  private static String making(DefaultMQProducer producer, String topic, Map<String, String> attributes) {
    return Scene.ending(() -> producer.createTopic(Scene.CLUSTER, topic, 2, attributes));
  }

  private static int queues(DefaultMQProducer producer, String topic) {
    try {
      return producer.fetchPublishMessageQueues(topic).size();
    } catch (Exception none) {
      return 0;
    }
  }
}
