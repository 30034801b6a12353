package conformance;

import static conformance.Conformance.check;
import static conformance.Scene.ackAll;
import static conformance.Scene.builder;
import static conformance.Scene.message;
import static conformance.Scene.received;
import static conformance.Scene.topic;

import checks.Expect;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.apis.ClientException;
import org.apache.rocketmq.client.apis.ClientServiceProvider;
import org.apache.rocketmq.client.apis.consumer.SimpleConsumer;
import org.apache.rocketmq.client.apis.message.Message;
import org.apache.rocketmq.client.apis.message.MessageView;
import org.apache.rocketmq.client.apis.producer.Producer;
import org.apache.rocketmq.client.apis.producer.SendReceipt;

/** Normal messages, and what is refused. */
class Sending {
  private static final int MIB = 1 << 20;

  static void checks() {
    check("send with tag, keys and properties", scene -> {
      String topic = topic("NORMAL");
      SimpleConsumer consumer = scene.simple(Scene.group(), topic);
      long before = System.currentTimeMillis();
      SendReceipt receipt = scene.producer(topic).send(builder(topic, "Grüße, 世界 🙂").setTag("TagÄ")
          .setKeys("key-1", "schlüssel").addProperty("plain", "text").addProperty("Größe", "groß 世界 🙂").build());
      MessageView got = received(consumer, 1).get(0);
      Expect.equal(Scene.text(got), "Grüße, 世界 🙂");
      Expect.equal(got.getMessageId(), receipt.getMessageId());
      Expect.equal(got.getTopic(), topic);
      Expect.equal(got.getTag().orElse(""), "TagÄ");
      Expect.equal(List.copyOf(got.getKeys()), List.of("key-1", "schlüssel"));
      Expect.equal(got.getProperties().get("plain"), "text");
      Expect.equal(got.getProperties().get("Größe"), "groß 世界 🙂");
      Expect.equal(got.getDeliveryAttempt(), 1);
      Expect.between(got.getBornTimestamp(), before - 1000, before + 5000, "born");
      Expect.equal(receipt.getMessageId().getVersion(), "01");
      scene.fact("properties", new java.util.TreeMap<>(got.getProperties()).keySet());
      scene.fact("recall handle", Scene.told(receipt.getRecallHandle()));
      scene.fact("born host", got.getBornHost().isEmpty() ? "none" : "told");
      ackAll(consumer, List.of(got));
    });

    check("send by futures", scene -> {
      String topic = topic("NORMAL");
      SimpleConsumer consumer = scene.simple(Scene.group(), topic);
      Producer producer = scene.producer(topic);
      List<CompletableFuture<SendReceipt>> answers = new ArrayList<>();
      for (String value : Scene.numbered(100)) answers.add(producer.sendAsync(message(topic, value)));
      for (CompletableFuture<SendReceipt> answer : answers) answer.get(15, TimeUnit.SECONDS);
      List<MessageView> messages = received(consumer, 100);
      Expect.equal(messages.stream().map(Scene::text).distinct().count(), 100L);
      ackAll(consumer, messages);
    });

    check("send bodies from 1 B to 4 MiB", scene -> {
      String topic = topic("NORMAL");
      SimpleConsumer consumer = scene.simple(Scene.group(), topic);
      Producer producer = scene.producer(topic);
      for (int size : new int[] {1, 4096, 300_000, 4 * MIB}) {
        producer.send(sized(topic, size));
        MessageView got = received(consumer, 1).get(0);
        Expect.that(Arrays.equals(Scene.bytes(got), noise(size)), size + " B are not the same");
        consumer.ack(got);
      }
    });

    check("send what is refused", scene -> {
      String topic = topic("NORMAL");
      Producer producer = scene.producer(topic);
      Expect.failure(ClientException.class, () -> producer.send(sized(topic, 4 * MIB + 1)));
      scene.fact("4 MiB and 1", Scene.ending(() -> producer.send(sized(topic, 4 * MIB + 1))));
      scene.fact("empty", Scene.ending(() -> producer.send(message(topic, ""))));
      var many = builder(topic, "x");
      for (int n = 0; n < 130; n++) many.addProperty("p" + n, "v");
      scene.fact("130 properties", Scene.ending(() -> producer.send(many.build())));
      Message large = builder(topic, "x").addProperty("long", "v".repeat(20_000)).build();
      scene.fact("20,000 of properties", Scene.ending(() -> producer.send(large)));
      scene.fact("a tag with a bar", Scene.ending(() -> builder(topic, "x").setTag("a|b").build()));
      producer.send(message(topic, "goes on"));
    });

    check("send to a topic of another type", scene -> {
      long soon = System.currentTimeMillis() + 5000;
      String normal = topic("NORMAL");
      String fifo = topic("FIFO");
      String delay = topic("DELAY");
      Producer producer = scene.producer();
      scene.fact("normal to FIFO", Scene.ending(() -> producer.send(message(fifo, "x"))));
      scene.fact("normal to DELAY", Scene.ending(() -> producer.send(message(delay, "x"))));
      scene.fact("FIFO to NORMAL",
          Scene.ending(() -> producer.send(builder(normal, "x").setMessageGroup("g").build())));
      scene.fact("delayed to NORMAL",
          Scene.ending(() -> producer.send(builder(normal, "x").setDeliveryTimestamp(soon).build())));
    });

    check("send to a topic that nobody made", scene -> {
      Producer producer = scene.producer();
      scene.fact("answer", Scene.ending(() -> producer.send(message(Scene.fresh("nobody"), "x"))));
    });
  }

  private static Message sized(String topic, int size) {
    return ClientServiceProvider.loadService().newMessageBuilder().setTopic(topic).setBody(noise(size)).build();
  }

  private static byte[] noise(int bytes) {
    byte[] noise = new byte[bytes];
    new Random(bytes).nextBytes(noise);
    return noise;
  }
}
