package conformance;

import static conformance.Conformance.check;
import static conformance.Scene.builder;
import static conformance.Scene.received;
import static conformance.Scene.topic;

import checks.Expect;
import java.util.List;
import org.apache.rocketmq.client.apis.consumer.SimpleConsumer;
import org.apache.rocketmq.client.apis.message.MessageView;
import org.apache.rocketmq.client.apis.producer.Producer;
import org.apache.rocketmq.client.apis.producer.SendReceipt;

/** Messages for a time to come, and those that are called back. */
class Delaying {
  private static final long HOUR_MS = 3_600_000;

  static void checks() {
    check("delay until its time", scene -> {
      String topic = topic("DELAY");
      SimpleConsumer consumer = scene.simple(Scene.group(), topic);
      long due = System.currentTimeMillis() + 5000;
      SendReceipt receipt = scene.producer(topic).send(builder(topic, "later").setDeliveryTimestamp(due).build());
      MessageView message = received(consumer, 1).get(0);
      Expect.between(System.currentTimeMillis() - due, -500, 3500, "ms after its time");
      Expect.equal(message.getDeliveryTimestamp().orElse(0L), due);
      Expect.equal(message.getMessageId(), receipt.getMessageId());
      scene.fact("recall handle", Scene.told(receipt.getRecallHandle()));
      consumer.ack(message);
    });

    check("delay to a time that is over, and to one too far away", scene -> {
      String topic = topic("DELAY");
      SimpleConsumer consumer = scene.simple(Scene.group(), topic);
      Producer producer = scene.producer(topic);
      long now = System.currentTimeMillis();
      scene.fact("over",
          Scene.ending(() -> producer.send(builder(topic, "over").setDeliveryTimestamp(now - 1000).build())));
      scene.fact("in 25 h",
          Scene.ending(() -> producer.send(builder(topic, "far").setDeliveryTimestamp(now + 25 * HOUR_MS).build())));
      List<MessageView> messages = received(consumer, 1);
      Expect.equal(Scene.text(messages.get(0)), "over");
      Scene.ackAll(consumer, messages);
    });

    check("recall before its time", scene -> {
      String topic = topic("DELAY");
      SimpleConsumer consumer = scene.simple(Scene.group(), topic);
      Producer producer = scene.producer(topic);
      long due = System.currentTimeMillis() + 6000;
      SendReceipt first = producer.send(builder(topic, "recalled").setDeliveryTimestamp(due).build());
      producer.send(builder(topic, "kept").setDeliveryTimestamp(due).build());
      Expect.equal(producer.recallMessage(topic, first.getRecallHandle()).getMessageId(), first.getMessageId());
      List<MessageView> messages = received(consumer, 1);
      Expect.equal(Scene.text(messages.get(0)), "kept");
      Scene.ackAll(consumer, messages);
      Expect.equal(consumer.receive(1, Scene.INVISIBLE).size(), 0);
      scene.fact("too late", Scene.ending(() -> producer.recallMessage(topic, first.getRecallHandle())));
      scene.fact("nonsense", Scene.ending(() -> producer.recallMessage(topic, "nonsense")));
    });
  }
}
