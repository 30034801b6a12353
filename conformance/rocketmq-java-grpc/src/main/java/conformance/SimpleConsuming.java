package conformance;

import static conformance.Conformance.check;
import static conformance.Scene.INVISIBLE;
import static conformance.Scene.ackAll;
import static conformance.Scene.builder;
import static conformance.Scene.message;
import static conformance.Scene.received;
import static conformance.Scene.topic;

import checks.Expect;
import java.time.Duration;
import java.util.List;
import org.apache.rocketmq.client.apis.ClientException;
import org.apache.rocketmq.client.apis.consumer.FilterExpression;
import org.apache.rocketmq.client.apis.consumer.FilterExpressionType;
import org.apache.rocketmq.client.apis.consumer.SimpleConsumer;
import org.apache.rocketmq.client.apis.message.MessageView;
import org.apache.rocketmq.client.apis.producer.Producer;

/** SimpleConsumer: what was received is invisible for a while, and gone once it is acknowledged. */
class SimpleConsuming {
  static void checks() {
    check("simple again after its invisible time", scene -> {
      String topic = topic("NORMAL");
      SimpleConsumer consumer = scene.simple(Scene.group(), topic);
      scene.producer(topic).send(message(topic, "again"));
      MessageView first = received(consumer, 1, INVISIBLE).get(0);
      long at = System.currentTimeMillis();
      MessageView second = received(consumer, 1, Duration.ofSeconds(60)).get(0);
      Expect.between(System.currentTimeMillis() - at, 8_500, 20_000, "ms until it came again");
      Expect.equal(second.getMessageId(), first.getMessageId());
      Expect.equal(second.getDeliveryAttempt(), 2);
      scene.fact("stale handle", Scene.ending(() -> consumer.ack(first)));
      consumer.ack(second);
      Expect.equal(consumer.receive(1, INVISIBLE).size(), 0);
      scene.fact("acknowledged again", Scene.ending(() -> consumer.ack(second)));
    });

    check("simple gone once acknowledged", scene -> {
      String topic = topic("NORMAL");
      SimpleConsumer consumer = scene.simple(Scene.group(), topic);
      Producer producer = scene.producer(topic);
      for (String value : Scene.numbered(20)) producer.send(message(topic, value));
      List<MessageView> messages = received(consumer, 20, INVISIBLE);
      Expect.equal(messages.stream().map(Scene::text).distinct().count(), 20L);
      ackAll(consumer, messages);
      long until = System.currentTimeMillis() + 13_000;
      while (System.currentTimeMillis() < until) Expect.equal(consumer.receive(16, INVISIBLE).size(), 0);
    });

    check("simple sooner or later, as it was changed", scene -> {
      String topic = topic("NORMAL");
      SimpleConsumer consumer = scene.simple(Scene.group(), topic);
      scene.producer(topic).send(message(topic, "changed"));
      MessageView message = received(consumer, 1, Duration.ofSeconds(120)).get(0);
      long at = System.currentTimeMillis();
      consumer.changeInvisibleDuration(message, Duration.ofSeconds(10));
      MessageView again = received(consumer, 1).get(0);
      Expect.between(System.currentTimeMillis() - at, 8_500, 20_000, "ms until it came again");
      Expect.equal(again.getDeliveryAttempt(), 2);
      // The handle that the change answered with is in the message now.
      consumer.changeInvisibleDuration(again, Duration.ofSeconds(30));
      consumer.ack(again);
    });

    check("simple waits until something comes", scene -> {
      String topic = topic("NORMAL");
      SimpleConsumer consumer = scene.simple(Scene.group(), topic);
      long before = System.currentTimeMillis();
      Expect.equal(consumer.receive(1, INVISIBLE).size(), 0);
      Expect.between(System.currentTimeMillis() - before, 3_500, 8_000, "ms of nothing");
      Producer producer = scene.producer(topic);
      var receiving = consumer.receiveAsync(1, INVISIBLE);
      Expect.pause(500);
      long sent = System.currentTimeMillis();
      producer.send(message(topic, "now"));
      List<MessageView> got = receiving.get();
      Expect.equal(got.size(), 1);
      Expect.between(System.currentTimeMillis() - sent, 0, 1500, "ms until it came");
      consumer.ack(got.get(0));
    });

    check("simple by tag", scene -> {
      String topic = topic("NORMAL");
      SimpleConsumer consumer = scene.simple(Scene.group(), topic, new FilterExpression("A || B"));
      Producer producer = scene.producer(topic);
      for (String tag : List.of("A", "B", "C", "AA")) producer.send(builder(topic, tag).setTag(tag).build());
      List<MessageView> messages = received(consumer, 2);
      Expect.equal(messages.stream().map(Scene::text).sorted().toList(), List.of("A", "B"));
      ackAll(consumer, messages);
    });

    check("simple by SQL", scene -> {
      String topic = topic("NORMAL");
      FilterExpression sql = new FilterExpression("price > 3 AND region = 'eu'", FilterExpressionType.SQL92);
      SimpleConsumer consumer = scene.simple(Scene.group(), topic, sql);
      Producer producer = scene.producer(topic);
      for (int price = 0; price < 8; price++) {
        producer.send(builder(topic, "" + price).addProperty("price", "" + price)
            .addProperty("region", price % 2 == 0 ? "us" : "eu").build());
      }
      List<MessageView> messages = received(consumer, 2);
      Expect.equal(messages.stream().map(Scene::text).sorted().toList(), List.of("5", "7"));
      ackAll(consumer, messages);
    });

    check("simple two of a group share", scene -> {
      String topic = topic("NORMAL");
      String group = Scene.group();
      SimpleConsumer one = scene.simple(group, topic);
      SimpleConsumer two = scene.simple(group, topic);
      Producer producer = scene.producer(topic);
      for (String value : Scene.numbered(30)) producer.send(message(topic, value));
      Inbox inbox = new Inbox();
      Expect.soon(40, () -> {
        try {
          for (SimpleConsumer consumer : List.of(one, two)) {
            for (MessageView message : consumer.receive(4, Duration.ofSeconds(60))) {
              inbox.add(message);
              consumer.ack(message);
            }
          }
        } catch (ClientException error) {
          throw new AssertionError(error.toString());
        }
        return inbox.size() >= 30;
      }, inbox::size);
      Expect.equal(inbox.texts().stream().distinct().count(), 30L);
      Expect.equal(inbox.size(), 30);
    });

    check("simple asks for what is not allowed", scene -> {
      String topic = topic("NORMAL");
      SimpleConsumer consumer = scene.simple(Scene.group(), topic);
      scene.fact("invisible for 1 s", Scene.ending(() -> consumer.receive(1, Duration.ofSeconds(1))));
      scene.fact("invisible for 13 h", Scene.ending(() -> consumer.receive(1, Duration.ofHours(13))));
      scene.fact("no topic", Scene.ending(() -> consumer.subscribe(Scene.fresh("nobody"), FilterExpression.SUB_ALL)));
    });
  }
}
