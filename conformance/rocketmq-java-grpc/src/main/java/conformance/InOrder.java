package conformance;

import static conformance.Conformance.check;
import static conformance.Scene.builder;
import static conformance.Scene.topic;

import checks.Expect;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.rocketmq.client.apis.consumer.SimpleConsumer;
import org.apache.rocketmq.client.apis.message.MessageView;
import org.apache.rocketmq.client.apis.producer.Producer;

/** FIFO messages by a SimpleConsumer. */
class InOrder {
  private static final Duration MINUTE = Duration.ofSeconds(60);

  static void checks() {
    check("fifo the next one only when the one before is acknowledged", scene -> {
      String topic = topic("FIFO", 1);
      SimpleConsumer consumer = scene.simple(Scene.groupInOrder(), topic);
      Producer producer = scene.producer(topic);
      for (int n = 0; n < 4; n++) producer.send(builder(topic, "" + n).setMessageGroup("group").build());
      List<String> texts = new ArrayList<>();
      for (int n = 0; n < 4; n++) {
        MessageView message = next(consumer);
        Expect.equal(message.getMessageGroup().orElse(""), "group");
        texts.add(Scene.text(message));
        if (n == 1) Expect.equal(consumer.receive(1, MINUTE).size(), 0);
        consumer.ack(message);
      }
      Expect.equal(texts, List.of("0", "1", "2", "3"));
    });

    check("fifo the same one again when it was not acknowledged", scene -> {
      String topic = topic("FIFO", 1);
      SimpleConsumer consumer = scene.simple(Scene.groupInOrder(), topic);
      Producer producer = scene.producer(topic);
      for (int n = 0; n < 2; n++) producer.send(builder(topic, "" + n).setMessageGroup("group").build());
      Expect.equal(Scene.text(next(consumer, Scene.INVISIBLE)), "0");
      MessageView again = next(consumer);
      Expect.equal(Scene.text(again), "0");
      Expect.equal(again.getDeliveryAttempt(), 2);
      consumer.ack(again);
      MessageView second = next(consumer);
      Expect.equal(Scene.text(second), "1");
      consumer.ack(second);
    });
  }

  private static MessageView next(SimpleConsumer consumer) {
    return next(consumer, MINUTE);
  }

  private static MessageView next(SimpleConsumer consumer, Duration invisible) {
    List<MessageView> messages = new ArrayList<>();
    Expect.soon(40, () -> {
      try {
        messages.addAll(consumer.receive(1, invisible));
      } catch (Exception error) {
        throw new AssertionError(error.toString());
      }
      return !messages.isEmpty();
    }, () -> "nothing came");
    return messages.get(0);
  }
}
