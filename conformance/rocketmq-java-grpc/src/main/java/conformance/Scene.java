package conformance;

import checks.Expect;
import checks.Stage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.rocketmq.client.apis.ClientConfiguration;
import org.apache.rocketmq.client.apis.ClientException;
import org.apache.rocketmq.client.apis.ClientServiceProvider;
import org.apache.rocketmq.client.apis.consumer.FilterExpression;
import org.apache.rocketmq.client.apis.consumer.MessageListener;
import org.apache.rocketmq.client.apis.consumer.PushConsumer;
import org.apache.rocketmq.client.apis.consumer.SimpleConsumer;
import org.apache.rocketmq.client.apis.message.Message;
import org.apache.rocketmq.client.apis.message.MessageBuilder;
import org.apache.rocketmq.client.apis.message.MessageView;
import org.apache.rocketmq.client.apis.producer.Producer;
import org.apache.rocketmq.client.apis.producer.TransactionChecker;
import org.apache.rocketmq.remoting.protocol.subscription.SubscriptionGroupConfig;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

/** What one check works with: clients that end with it, topics and groups. */
class Scene extends Stage {
  static String endpoint;
  static String nameServer;
  /** The least that a server of this protocol takes. */
  static final Duration INVISIBLE = Duration.ofSeconds(10);

  private static final ClientServiceProvider provider = ClientServiceProvider.loadService();
  private static final Pattern ANSWER = Pattern.compile("\\[.*?response-code=(\\d+)\\] ?(.*)", Pattern.DOTALL);
  private static final Duration AWAIT = Duration.ofSeconds(5);
  private static final String CLUSTER = "DefaultCluster";
  private static DefaultMQAdminExt admin;

  static ClientConfiguration configuration() {
    return ClientConfiguration.newBuilder().setEndpoints(endpoint).enableSsl(false)
        .setRequestTimeout(Duration.ofSeconds(5)).build();
  }

  private static synchronized DefaultMQAdminExt admin() throws Exception {
    if (admin == null) {
      admin = new DefaultMQAdminExt();
      admin.setNamesrvAddr(nameServer);
      admin.setInstanceName(fresh("admin"));
      admin.start();
    }
    return admin;
  }

  /** NORMAL, FIFO, DELAY or TRANSACTION. */
  static String topic(String type, int queues) throws Exception {
    String topic = fresh("topic");
    admin().createTopic(CLUSTER, topic, queues, Map.of("+message.type", type));
    Expect.soon(() -> {
      try {
        return admin().examineTopicRouteInfo(topic).getQueueDatas().size() == 1;
      } catch (Exception notYet) {
        return false;
      }
    }, () -> topic + " has no route");
    return topic;
  }

  static String topic(String type) throws Exception {
    return topic(type, 4);
  }

  static String group() {
    return fresh("group");
  }

  /** A group that gets the messages of a message group one after the other. */
  static String groupInOrder() throws Exception {
    SubscriptionGroupConfig config = new SubscriptionGroupConfig();
    config.setGroupName(fresh("group"));
    config.setConsumeMessageOrderly(true);
    var broker = admin().examineBrokerClusterInfo().getBrokerAddrTable().values().iterator().next();
    admin().createAndUpdateSubscriptionGroupConfig(broker.selectBrokerAddr(), config);
    return config.getGroupName();
  }

  Producer producer(String... topics) throws ClientException {
    Producer producer = provider.newProducerBuilder().setClientConfiguration(configuration()).setTopics(topics).build();
    atEnd(producer);
    return producer;
  }

  Producer transactional(TransactionChecker checker, String... topics) throws ClientException {
    Producer producer = provider.newProducerBuilder().setClientConfiguration(configuration()).setTopics(topics)
        .setTransactionChecker(checker).build();
    atEnd(producer);
    return producer;
  }

  SimpleConsumer simple(String group, String topic) throws ClientException {
    return simple(group, topic, FilterExpression.SUB_ALL);
  }

  /** A new group begins with what comes after its first request, so one is made at once. */
  SimpleConsumer simple(String group, String topic, FilterExpression filter) throws ClientException {
    SimpleConsumer consumer = provider.newSimpleConsumerBuilder().setClientConfiguration(configuration())
        .setConsumerGroup(group).setAwaitDuration(AWAIT).setSubscriptionExpressions(Map.of(topic, filter)).build();
    atEnd(consumer);
    Expect.equal(consumer.receive(1, INVISIBLE).size(), 0);
    return consumer;
  }

  PushConsumer push(String group, String topic, FilterExpression filter, MessageListener listener)
      throws ClientException {
    PushConsumer consumer = provider.newPushConsumerBuilder().setClientConfiguration(configuration())
        .setConsumerGroup(group).setSubscriptionExpressions(Map.of(topic, filter)).setMessageListener(listener).build();
    atEnd(consumer);
    return consumer;
  }

  static MessageBuilder builder(String topic, String body) {
    return provider.newMessageBuilder().setTopic(topic).setBody(body.getBytes(StandardCharsets.UTF_8));
  }

  static Message message(String topic, String body) {
    return builder(topic, body).build();
  }

  static String text(MessageView message) {
    return StandardCharsets.UTF_8.decode(message.getBody()).toString();
  }

  static byte[] bytes(MessageView message) {
    ByteBuffer body = message.getBody();
    byte[] bytes = new byte[body.remaining()];
    body.get(bytes);
    return bytes;
  }

  /** Receives until there are so many. */
  static List<MessageView> received(SimpleConsumer consumer, int count, Duration invisible) {
    List<MessageView> messages = new ArrayList<>();
    Expect.soon(40, () -> {
      try {
        messages.addAll(consumer.receive(16, invisible));
      } catch (ClientException error) {
        throw new AssertionError(error.toString());
      }
      return messages.size() >= count;
    }, () -> messages.size() + " of " + count + " messages");
    Expect.equal(messages.size(), count);
    return messages;
  }

  static List<MessageView> received(SimpleConsumer consumer, int count) {
    return received(consumer, count, Duration.ofSeconds(60));
  }

  static void ackAll(SimpleConsumer consumer, List<MessageView> messages) throws ClientException {
    for (MessageView message : messages) consumer.ack(message);
  }

  /** What a call ends with, as a fact. */
  static String ending(Expect.Action action) {
    try {
      action.run();
      return "ok";
    } catch (ClientException error) {
      // `[request-id=..., response-code=40011] remark`
      Matcher parts = ANSWER.matcher(error.getMessage());
      if (!parts.matches()) return error.getClass().getSimpleName() + " " + Expect.steady(error.getMessage());
      String code = parts.group(1) + (parts.group(2).isEmpty() ? "" : " ");
      return error.getClass().getSimpleName() + " " + code + Expect.steady(parts.group(2));
    } catch (Throwable error) {
      return error.getClass().getSimpleName() + " " + Expect.steady(error.getMessage());
    }
  }

  static String told(String value) {
    return value == null || value.isEmpty() ? "none" : "told";
  }

  static List<String> numbered(int count) {
    List<String> values = new ArrayList<>();
    for (int n = 0; n < count; n++) values.add("value " + n);
    return values;
  }
}
