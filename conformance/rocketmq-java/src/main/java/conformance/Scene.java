package conformance;

import checks.Expect;
import checks.Stage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

/** What one check works with: clients that end with it, and topics. */
class Scene extends Stage {
  static String nameServer;
  static final String CLUSTER = "DefaultCluster";

  String group() {
    return fresh("group");
  }

  /** A topic that has a route. */
  String topic(int queues) throws Exception {
    String topic = fresh("topic");
    DefaultMQProducer maker = producer();
    maker.createTopic(CLUSTER, topic, queues, Map.of());
    Expect.soon(() -> {
      try {
        return maker.fetchPublishMessageQueues(topic).size() == queues;
      } catch (Exception notYet) {
        return false;
      }
    }, () -> topic + " has no route");
    return topic;
  }

  DefaultMQProducer producer() throws Exception {
    DefaultMQProducer producer = settled(new DefaultMQProducer(fresh("producer")));
    return started(producer);
  }

  DefaultMQProducer started(DefaultMQProducer producer) throws Exception {
    producer.start();
    atEnd(producer::shutdown);
    return producer;
  }

  TransactionMQProducer transactional(String group) {
    return settled(new TransactionMQProducer(group));
  }

  /** From the first message on, not yet started. */
  DefaultMQPushConsumer push(String group, String topic, String tags) throws Exception {
    DefaultMQPushConsumer consumer = settled(new DefaultMQPushConsumer(group));
    consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    consumer.setPersistConsumerOffsetInterval(500);
    consumer.subscribe(topic, tags);
    return consumer;
  }

  DefaultMQPushConsumer started(DefaultMQPushConsumer consumer) throws Exception {
    consumer.start();
    atEnd(consumer::shutdown);
    return consumer;
  }

  /** An inbox that a push consumer of a new group fills. */
  Inbox inbox(String topic) throws Exception {
    Inbox inbox = new Inbox();
    DefaultMQPushConsumer consumer = push(group(), topic, "*");
    consumer.registerMessageListener(inbox.taking());
    started(consumer);
    return inbox;
  }

  DefaultLitePullConsumer lite(String group) {
    DefaultLitePullConsumer consumer = settled(new DefaultLitePullConsumer(group));
    consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    return consumer;
  }

  DefaultLitePullConsumer started(DefaultLitePullConsumer consumer) throws Exception {
    consumer.start();
    atEnd(consumer::shutdown);
    return consumer;
  }

  @SuppressWarnings("deprecation")
  DefaultMQPullConsumer puller(String group) throws Exception {
    DefaultMQPullConsumer consumer = settled(new DefaultMQPullConsumer(group));
    consumer.start();
    atEnd(consumer::shutdown);
    return consumer;
  }

  DefaultMQAdminExt admin() throws Exception {
    DefaultMQAdminExt admin = settled(new DefaultMQAdminExt());
    admin.start();
    atEnd(admin::shutdown);
    return admin;
  }

  /** Clients of one process would share their connections, and their identity, without names of their own. */
  private static <C extends ClientConfig> C settled(C client) {
    client.setNamesrvAddr(nameServer);
    client.setInstanceName(fresh("instance"));
    client.setPollNameServerInterval(1000);
    // A change of subscription is told by a heartbeat, which is left out while another one is being sent.
    client.setHeartbeatBrokerInterval(1000);
    return client;
  }

  static MessageQueue queue(DefaultMQProducer producer, String topic, int queueId) throws Exception {
    for (MessageQueue queue : producer.fetchPublishMessageQueues(topic)) {
      if (queue.getQueueId() == queueId) return queue;
    }
    throw new AssertionError(topic + " has no queue " + queueId);
  }

  static Message message(String topic, String body) {
    return new Message(topic, body.getBytes(StandardCharsets.UTF_8));
  }

  static String text(Message message) {
    return new String(message.getBody(), StandardCharsets.UTF_8);
  }

  static SendResult sent(SendResult result) {
    Expect.equal(result.getSendStatus(), SendStatus.SEND_OK);
    return result;
  }

  static List<String> numbered(int count) {
    List<String> values = new ArrayList<>();
    for (int n = 0; n < count; n++) values.add("value " + n);
    return values;
  }

  /** Bytes that can't be compressed. */
  static byte[] noise(int bytes) {
    byte[] noise = new byte[bytes];
    new Random(bytes).nextBytes(noise);
    return noise;
  }

  /** The names of its properties, sorted. */
  static String propertyNames(MessageExt message) {
    return String.join(",", new TreeSet<>(message.getProperties().keySet()));
  }

  /** What a call ends with, as a fact: `client 13: remark`, without what differs from run to run. */
  static String ending(Expect.Action action) {
    try {
      action.run();
      return "ok";
    } catch (MQBrokerException error) {
      return "broker " + error.getResponseCode() + " '" + Expect.steady(error.getErrorMessage()) + "'";
    } catch (MQClientException error) {
      return "client " + error.getResponseCode() + " '" + Expect.steady(error.getErrorMessage()) + "'";
    } catch (Throwable error) {
      return error.getClass().getSimpleName();
    }
  }
}
