package conformance;

import conformance.Conformance.Order;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.spring.annotation.ConsumeMode;
import org.apache.rocketmq.spring.annotation.MessageModel;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.annotation.RocketMQTransactionListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.core.RocketMQLocalTransactionListener;
import org.apache.rocketmq.spring.core.RocketMQLocalTransactionState;
import org.springframework.messaging.Message;
import org.springframework.stereotype.Component;

/** The program's listeners, each with a topic and a group of its own, and what they got. */
class Listeners {
  static final List<String> texts = new CopyOnWriteArrayList<>();
  static final List<Order> orders = new CopyOnWriteArrayList<>();
  static final List<MessageExt> raw = new CopyOnWriteArrayList<>();
  static final List<String> tagged = new CopyOnWriteArrayList<>();
  static final List<String> ordered = new CopyOnWriteArrayList<>();
  static final List<MessageExt> failing = new CopyOnWriteArrayList<>();
  static final List<String> first = new CopyOnWriteArrayList<>();
  static final List<String> second = new CopyOnWriteArrayList<>();
  static final List<String> decided = new CopyOnWriteArrayList<>();
  static final List<String> checked = new CopyOnWriteArrayList<>();
  static final Map<String, Object> arguments = new ConcurrentHashMap<>();

  @Component
  @RocketMQMessageListener(topic = "${prefix}_text", consumerGroup = "${prefix}_text")
  static class Texts implements RocketMQListener<String> {
    @Override
    public void onMessage(String text) {
      texts.add(text);
    }
  }

  @Component
  @RocketMQMessageListener(topic = "${prefix}_order", consumerGroup = "${prefix}_order")
  static class Orders implements RocketMQListener<Order> {
    @Override
    public void onMessage(Order order) {
      orders.add(order);
    }
  }

  @Component
  @RocketMQMessageListener(topic = "${prefix}_raw", consumerGroup = "${prefix}_raw")
  static class Raw implements RocketMQListener<MessageExt> {
    @Override
    public void onMessage(MessageExt message) {
      raw.add(message);
    }
  }

  @Component
  @RocketMQMessageListener(topic = "${prefix}_tagged", consumerGroup = "${prefix}_tagged",
      selectorExpression = "A || B")
  static class Tagged implements RocketMQListener<String> {
    @Override
    public void onMessage(String text) {
      tagged.add(text);
    }
  }

  @Component
  @RocketMQMessageListener(topic = "${prefix}_ordered", consumerGroup = "${prefix}_ordered",
      consumeMode = ConsumeMode.ORDERLY)
  static class Ordered implements RocketMQListener<String> {
    @Override
    public void onMessage(String text) {
      ordered.add(text);
    }
  }

  @Component
  @RocketMQMessageListener(topic = "${prefix}_failing", consumerGroup = "${prefix}_failing",
      delayLevelWhenNextConsume = 1)
  static class Failing implements RocketMQListener<MessageExt> {
    @Override
    public void onMessage(MessageExt message) {
      failing.add(message);
      if (failing.size() == 1) throw new IllegalStateException("the first time");
    }
  }

  @Component
  @RocketMQMessageListener(topic = "${prefix}_broadcast", consumerGroup = "${prefix}_broadcast_1",
      messageModel = MessageModel.BROADCASTING)
  static class First implements RocketMQListener<String> {
    @Override
    public void onMessage(String text) {
      first.add(text);
    }
  }

  @Component
  @RocketMQMessageListener(topic = "${prefix}_broadcast", consumerGroup = "${prefix}_broadcast_2",
      messageModel = MessageModel.BROADCASTING)
  static class Second implements RocketMQListener<String> {
    @Override
    public void onMessage(String text) {
      second.add(text);
    }
  }

  @Component
  @RocketMQMessageListener(topic = "${prefix}_decided", consumerGroup = "${prefix}_decided")
  static class Decided implements RocketMQListener<String> {
    @Override
    public void onMessage(String text) {
      decided.add(text);
    }
  }

  /** Decides by the payload: `commit`, `rollback`, or, asked later, `check commit` and `check rollback`. */
  @RocketMQTransactionListener
  static class Transactions implements RocketMQLocalTransactionListener {
    @Override
    public RocketMQLocalTransactionState executeLocalTransaction(Message message, Object argument) {
      String payload = payload(message);
      arguments.put(payload, argument);
      return switch (payload) {
        case "commit" -> RocketMQLocalTransactionState.COMMIT;
        case "rollback" -> RocketMQLocalTransactionState.ROLLBACK;
        default -> RocketMQLocalTransactionState.UNKNOWN;
      };
    }

    @Override
    public RocketMQLocalTransactionState checkLocalTransaction(Message message) {
      String payload = payload(message);
      checked.add(payload);
      boolean commit = payload.equals("check commit");
      return commit ? RocketMQLocalTransactionState.COMMIT : RocketMQLocalTransactionState.ROLLBACK;
    }

    private static String payload(Message<?> message) {
      return new String((byte[]) message.getPayload(), StandardCharsets.UTF_8);
    }
  }
}
